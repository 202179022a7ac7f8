import type { Gpu } from '@monosema/engine';
import type { TransformerConfig } from '../model/parameters.ts';
import { siteWidth, type Site } from '../model/sites.ts';
import type { Parameters } from '../model/training-program.ts';
import type { Contexts } from '../tokens/contexts.ts';
import { ActivationStream, type StreamOptions } from './activation-stream.ts';
import { LiveSource } from './live-source.ts';

/** Contexts a forward pass takes at once, where the buffer has room for their vectors beside a batch. */
const FORWARD_CONTEXTS = 16;

export interface LiveStreamOptions extends StreamOptions {
  readonly site: Site;
  /** K: positions taken of each context at a time. */
  readonly positionsPerContext: number;
}

/**
 * Streams the activations of a model at one site, on the device and without a file.
 *
 * @throws {RangeError} if the buffer has no room for a batch and the vectors of one context
 */
export async function liveStream(
  gpu: Gpu,
  config: TransformerConfig,
  parameters: Parameters,
  contexts: Contexts,
  options: LiveStreamOptions,
): Promise<ActivationStream> {
  const { bufferVectors, positionsPerContext, batch } = options;
  const room = Math.floor((bufferVectors - batch) / positionsPerContext);
  if (room < 1) {
    throw new RangeError(
      `train-dictionary: expected dictionaries.bufferVectors of at least batch + positionsPerContext = ${batch + positionsPerContext}, got ${bufferVectors}; raise it`,
    );
  }
  const ofSource = { ...options, contextsPerPass: Math.min(FORWARD_CONTEXTS, room) };
  return ActivationStream.open(gpu, siteWidth(config, options.site), options, (buffer) =>
    LiveSource.open(gpu, config, parameters, contexts, ofSource, buffer),
  );
}
