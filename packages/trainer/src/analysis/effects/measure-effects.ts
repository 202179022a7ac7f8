import {
  createTensor,
  matmul,
  ProgramBuilder,
  readTensor,
  writeTensor,
  type Gpu,
  type Program,
  type Tensor,
} from '@monosema/engine';
import { siteWidth } from '../../model/sites.ts';
import { ContextBatches, contextsPerBatch, isLastSeen, type AnalysedModel } from '../analysed-model.ts';
import { fill, type Numbers, type KeptParts } from '../kept-parts.ts';
import type { ShownActivations } from '../examples/shown-activations.ts';
import { ablate } from './ablate.ts';
import { AblationProgram } from './ablation-program.ts';
import { finalMap, type FinalMap } from './final-map.ts';
import { Linearity } from './linearity.ts';
import { logitFall } from './logit-fall.ts';
import { LogitWeights } from './logit-weights.ts';
import type { SpacedContexts } from '../../tokens/spaced-contexts.ts';

/** A dictionary (or the neurons) of the model whose effects are measured. */
export interface EffectSource {
  /** (F,D) what each feature writes to the stream; see streamDirections. */
  readonly directions: Float32Array;
  readonly shown: ShownActivations;
}

export interface EffectOptions {
  readonly contexts: SpacedContexts;
  /** Mean over tokens of 1/σ of the final LayerNorm. */
  readonly meanInverseDeviation: number;
  readonly kept: KeptParts;
  readonly histogramBins: number;
  /** Called between batches with the share done; throws to stop. */
  readonly watch: (share: number) => void;
}

/** What was measured of the features of one dictionary. */
export interface Effects {
  readonly weights: LogitWeights;
  readonly linearity: Linearity;
}

/** Most bytes of direction logits on the device at a time. */
const MAX_BLOCK_BYTES = 2 ** 28;
/** Rows of logits read back at a time. */
const READ_ROWS = 512;

/**
 * Measures what the features of one model do to its predictions: logit weights of all features, and the changes of
 * losses and logits wanted by `shown`, filled in there, where nothing later sees them; see isLastSeen.
 *
 * Directions are taken through the unembedding in blocks of features; each block is read for its logit weights and
 * serves all ablations of its features before the next is made. What an earlier attempt kept is not done again.
 *
 * @returns for each source
 */
export async function measureEffects(
  gpu: Gpu,
  model: AnalysedModel,
  sources: readonly EffectSource[],
  options: EffectOptions,
): Promise<Effects[]> {
  const { vocabulary: V, dModel: D } = model.config;
  const sizes = sources.map(({ directions }) => directions.length / D);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const starts = sizes.map((_, s) => sizes.slice(0, s).reduce((sum, size) => sum + size, 0));
  const limit = Math.min(MAX_BLOCK_BYTES, gpu.device.limits.maxStorageBufferBindingSize);
  const height = Math.min(total, Math.max(1, Math.floor(limit / (4 * V))));
  const effects = sizes.map((size): Effects => ({
    weights: new LogitWeights(size, V, options.histogramBins),
    linearity: new Linearity(size),
  }));
  const name = `effects of ${model.letter}`;
  const arrays = arraysOf(sources, effects);
  const part = options.kept.load<Measured>(name);
  if (part !== null) fill(arrays, part.arrays);
  const before: Measured = part?.value ?? { directions: 0, contexts: 0 };
  if (before.directions === total) return effects;
  const keep = (measured: Measured) => options.kept.save(name, measured, arrays);
  const map = await finalMap(gpu, model);
  const block = await DirectionBlock.build(gpu, map, height);
  const { contexts } = options;
  const widest = Math.max(D, siteWidth(model.config, model.site));
  const batches = new ContextBatches(gpu, contexts, contextsPerBatch(contexts.length, widest));
  const program = isLastSeen(model)
    ? await AblationProgram.build(gpu, model, map, batches, block.directions, block.logits)
    : null;

  const unembedding = program === null ? null : await readTensor(gpu, map.weights);
  for (let from = before.directions; from < total; from += height) {
    const to = Math.min(total, from + height);
    const rows = new Float32Array(height * D);
    sources.forEach(({ directions }, s) => {
      const start = Math.max(from, starts[s]!);
      const end = Math.min(to, starts[s]! + sizes[s]!);
      if (start < end)
        rows.set(directions.subarray((start - starts[s]!) * D, (end - starts[s]!) * D), (start - from) * D);
    });
    await block.load(rows);
    const first = from === before.directions ? before.contexts : 0;
    if (first === 0)
      await block.read(to - from, (feature, row) => {
        const s = starts.findLastIndex((start) => start <= from + feature);
        effects[s]!.weights.set(from + feature - starts[s]!, row, options.meanInverseDeviation);
      });
    if (program === null) continue;
    const ablated = sources.map(({ shown, directions }, s) => ({
      shown,
      offset: starts[s]! - from,
      fell: (item: number, target: number, fall: number, stream: Float32Array) => {
        const feature = shown.features[item]!;
        const of = {
          stream,
          direction: directions.subarray(feature * D, (feature + 1) * D),
          token: unembedding!.subarray(target * D, (target + 1) * D),
          activation: shown.values[item]!,
          meanScale: options.meanInverseDeviation,
          epsilon: model.config.layerNormEpsilon,
        };
        effects[s]!.linearity.add(feature, logitFall(of, fall));
      },
    }));
    await ablate(
      program,
      batches,
      contexts.length,
      ablated,
      { first, directions: to - from },
      async (done) => {
        if (options.kept.due) await keep({ directions: from, contexts: done });
        options.watch((from + ((to - from) * done) / contexts.count) / total);
      },
    );
  }
  await keep({ directions: total, contexts: 0 });
  program?.destroy();
  block.destroy();
  batches.destroy();
  for (const tensor of [map.weights, map.bias]) tensor.buffer.destroy();
  return effects;
}

/** How far the measuring came: directions that are done, and of the block after them the contexts. */
interface Measured {
  readonly directions: number;
  readonly contexts: number;
}

/** Everything that is measured, by names that are another for each source. */
function arraysOf(sources: readonly EffectSource[], effects: readonly Effects[]): Record<string, Numbers> {
  const arrays: Record<string, Numbers> = {};
  effects.forEach(({ weights, linearity }, s) => {
    const { lossChanges, logits } = sources[s]!.shown;
    const own = { lossChanges, ...logits.arrays, ...weights.arrays, ...linearity.arrays };
    for (const [name, array] of Object.entries(own)) arrays[`${s} ${name}`] = array;
  });
  return arrays;
}

/** Some directions on the device, with their logits. */
class DirectionBlock {
  readonly directions: Tensor;
  readonly logits: Tensor;
  readonly #gpu: Gpu;
  readonly #program: Program;

  private constructor(gpu: Gpu, directions: Tensor, logits: Tensor, program: Program) {
    this.#gpu = gpu;
    this.directions = directions;
    this.logits = logits;
    this.#program = program;
  }

  static async build(gpu: Gpu, map: FinalMap, height: number): Promise<DirectionBlock> {
    const directions = createTensor(gpu, 'directions', [height, map.weights.shape[1]!]);
    const p = new ProgramBuilder(gpu, 'direction logits');
    const product = matmul(p, p.persistent(directions), p.persistent(map.weights), {
      label: 'direction logits',
      transposeRight: true,
    });
    const logits = p.output(product);
    return new DirectionBlock(gpu, directions, logits, await p.build());
  }

  async load(rows: Float32Array): Promise<void> {
    writeTensor(this.#gpu, this.directions, rows);
    await this.#program.run();
  }

  /** Reads the logits (V) of the first `count` directions, one after another. */
  async read(count: number, each: (index: number, row: Float32Array) => void): Promise<void> {
    const V = this.logits.shape[1]!;
    for (let start = 0; start < count; start += READ_ROWS) {
      const rows = Math.min(READ_ROWS, count - start);
      const values = await readTensor(this.#gpu, this.logits, start * V, rows * V);
      for (let i = 0; i < rows; i++) each(start + i, values.subarray(i * V, (i + 1) * V));
    }
  }

  destroy(): void {
    this.#program.destroy();
    this.directions.buffer.destroy();
  }
}
