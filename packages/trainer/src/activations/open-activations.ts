import { basename } from 'node:path';
import type { Gpu } from '@monosema/engine';
import type { StageContext } from '../artefacts/stage-context.ts';
import { loadModel } from '../model/model-folder.ts';
import type { TransformerConfig } from '../model/parameters.ts';
import { hookNameOf, isHookName, siteOf, siteWidth, type Site } from '../model/sites.ts';
import type { Parameters } from '../model/training-program.ts';
import { CorpusError } from '../text/corpus.ts';
import { Contexts } from '../tokens/contexts.ts';
import { TokenShard } from '../tokens/token-shard.ts';
import { ActivationShardError, ActivationShards } from './activation-shards.ts';
import { ActivationStream } from './activation-stream.ts';
import { liveStream } from './live-stream.ts';
import { ShardSource } from './shard-source.ts';

/** Vectors that are read of files at a time, where half of the buffer has room for them. */
const VECTORS_PER_READ = 512;

/** A model at a site, and its validation text. */
export interface ActivationModel {
  readonly config: TransformerConfig;
  readonly parameters: Parameters;
  readonly site: Site;
  readonly contexts: Contexts;
}

/** The activations that the dictionaries of a model are trained on: of the model itself, or from files. */
export interface Activations extends Disposable {
  /** A */
  readonly width: number;
  /** Whose they are, and where in the model; null where files do not say. */
  readonly modelName: string;
  readonly hookName: string | null;
  /** Whose activations they are, with text that it was not trained on; null where they come from files. */
  readonly model: ActivationModel | null;
  /** @throws {CorpusError | ActivationShardError} if there are fewer than `vectors` */
  openStream(vectors: number): Promise<ActivationStream>;
}

/** @throws {ActivationShardError | SafetensorsError} if files cannot be read, or hold another site's activations */
export function openActivations(gpu: Gpu, context: StageContext): Activations {
  const files = context.study.dictionaries.shards.find(({ model }) => model === context.model);
  return files === undefined ? ofModel(gpu, context) : inFiles(gpu, context, files.path);
}

function ofModel(gpu: Gpu, { study, run, model, seed }: StageContext): Activations {
  const options = study.dictionaries;
  const site = siteOf(options);
  const { config, parameters } = loadModel(gpu, run.model(model!));
  const tokens = TokenShard.open(run.trainTokens);
  const heldOut = TokenShard.open(run.validationTokens);
  return {
    width: siteWidth(config, site),
    modelName: `${study.name}/${model}`,
    hookName: hookNameOf(site),
    model: {
      config,
      parameters,
      site,
      contexts: new Contexts(heldOut, study.transformer.context, 'validation text'),
    },
    async openStream(vectors) {
      const contexts = new Contexts(tokens, study.transformer.context, 'training text');
      const stream = await liveStream(gpu, config, parameters, contexts, { ...options, site, seed });
      const needed = vectors + options.bufferVectors;
      if (stream.capacity < needed)
        throw new CorpusError(
          `train-dictionary ${model}: expected text for ${needed} vectors used once each, got ${stream.capacity}; lower dictionaries.vectors or add text`,
        );
      return stream;
    },
    [Symbol.dispose]: () => {
      tokens.close();
      heldOut.close();
    },
  };
}

function inFiles(gpu: Gpu, { study, seed }: StageContext, path: string): Activations {
  const options = study.dictionaries;
  const shards = ActivationShards.open(path);
  const { hook_name: hook, model_name: name } = shards.metadata;
  const expected = hookNameOf(siteOf(options));
  if (hook !== undefined && isHookName(hook) && hook !== expected) {
    shards[Symbol.dispose]();
    throw new ActivationShardError(
      `${path}: expected activations of ${expected}, as dictionaries.site and layer say, got those of ${hook}`,
    );
  }
  return {
    width: shards.width,
    modelName: name ?? basename(path),
    hookName: hook ?? null,
    model: null,
    async openStream(vectors) {
      const available = shards.rows.reduce((sum, rows) => sum + rows, 0);
      if (available < vectors)
        throw new ActivationShardError(
          `${path}: expected ${vectors} vectors used once each, got ${available}; lower dictionaries.vectors or add files`,
        );
      const rows = Math.min(VECTORS_PER_READ, Math.floor(options.bufferVectors / 2));
      return ActivationStream.open(gpu, shards.width, { ...options, seed }, (buffer) =>
        ShardSource.open(gpu, shards, rows, seed, buffer),
      );
    },
    [Symbol.dispose]: () => shards[Symbol.dispose](),
  };
}
