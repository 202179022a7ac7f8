import {
  activeMask,
  copyRows,
  createTensor,
  crossEntropy,
  maskedColumnSum,
  mean,
  ProgramBuilder,
  readTensor,
  readTensors,
  residual,
  sparseMatmul,
  writeTensor,
  type Gpu,
  type Program,
  type Tensor,
  type Value,
} from '@monosema/engine';
import type { ActivationModel } from '../activations/open-activations.ts';
import { siteWidth } from '../model/sites.ts';
import { createBatch, setBatch } from '../model/training-program.ts';
import { forwardFrom, forwardTo, logits } from '../model/transformer.ts';
import type { Dictionary } from './dictionary.ts';
import { dictionaryValues, encode } from './encode.ts';
import { explainedVariance, VectorSums } from './explained-variance.ts';
import { lossRecovered } from './loss-recovered.ts';

/** What a dictionary in training is worth on text that nothing was trained on; the formulas are those of the analysis. */
export interface ValidationMetrics {
  /** Steps done. */
  readonly step: number;
  readonly tokens: number;
  readonly l0: number;
  readonly explainedVariance: number | null;
  /** Cross-entropies in nats a token: of the model itself, with zeros at the site, and with reconstructions there. */
  readonly originalLoss: number;
  readonly zeroAblatedLoss: number;
  readonly reconstructedLoss: number;
  readonly lossRecovered: number | null;
}

export interface ValidationOptions {
  /** About how many tokens, at least one context of them. */
  readonly tokens: number;
  /** Factor that activations are multiplied by for training. */
  readonly scale: number;
  /** F of the widest dictionary. */
  readonly widest: number;
}

/** Elements that activations of features, or logits, of one pass may have. */
const MOST_ELEMENTS = 2 ** 24;

/** Inputs of one pass, on the host. */
interface Pass {
  /** (R,A) as training sees them */
  readonly activations: Float32Array;
  /** (R,D) */
  readonly stream: Float32Array | null;
  /** (R) */
  readonly targets: Uint32Array;
}

/** Programs' inputs on the device, for one pass at a time. */
interface Inputs {
  readonly activations: Tensor;
  readonly stream: Tensor | null;
  readonly targets: Tensor;
  /** (R,A) what stands in the place of the activations. */
  readonly replaced: Tensor;
  /** (R,2) u32: each row to its own place. */
  readonly places: Tensor;
}

interface Measure {
  readonly program: Program;
  readonly loss: Tensor;
  readonly squaredError: Tensor;
  readonly counts: Tensor;
}

/** A fixed set of held-out tokens on which dictionaries are measured while they train, always the same. */
export class Validation {
  readonly #gpu: Gpu;
  readonly #model: ActivationModel;
  readonly #scale: number;
  readonly #passes: readonly Pass[];
  readonly #inputs: Inputs;
  readonly #sums: VectorSums;
  readonly #losses: { readonly original: number; readonly zeroAblated: number };
  readonly #measures = new Map<string, Measure>();

  private constructor(
    gpu: Gpu,
    model: ActivationModel,
    scale: number,
    passes: readonly Pass[],
    inputs: Inputs,
    sums: VectorSums,
    losses: { readonly original: number; readonly zeroAblated: number },
  ) {
    this.#gpu = gpu;
    this.#model = model;
    this.#scale = scale;
    this.#passes = passes;
    this.#inputs = inputs;
    this.#sums = sums;
    this.#losses = losses;
  }

  /** Runs the model over the set, once for all that will be measured on it. */
  static async open(gpu: Gpu, model: ActivationModel, options: ValidationOptions): Promise<Validation> {
    const { config, contexts, site } = model;
    const wanted = Math.max(1, Math.min(contexts.count, Math.floor(options.tokens / contexts.length)));
    const widest = Math.max(config.vocabulary, options.widest);
    const perPass = Math.max(1, Math.min(wanted, Math.floor(MOST_ELEMENTS / (contexts.length * widest))));
    const chosen = Math.floor(wanted / perPass) * perPass;
    const rows = perPass * contexts.length;
    const width = siteWidth(config, site);
    const inputs: Inputs = {
      activations: createTensor(gpu, 'held-out activations', [rows, width]),
      stream: site.name.startsWith('residual')
        ? null
        : createTensor(gpu, 'held-out stream', [rows, config.dModel]),
      targets: createTensor(gpu, 'held-out targets', [rows], null, 'u32'),
      replaced: createTensor(gpu, 'held-out replacements', [rows, width]),
      places: createTensor(
        gpu,
        'held-out places',
        [rows, 2],
        Uint32Array.from({ length: 2 * rows }, (_, i) => i >> 1),
      ),
    };
    const sums = new VectorSums(width);
    // Evenly spaced over the text, as documents lie in it by their files.
    const indices = Array.from({ length: chosen }, (_, i) => Math.floor((i * contexts.count) / chosen));
    const { passes, losses } = await runModel(gpu, model, inputs, indices, perPass);
    for (const pass of passes) {
      pass.activations.forEach((value, i) => (pass.activations[i] = value * options.scale));
      sums.add(pass.activations, rows);
    }
    return new Validation(gpu, model, options.scale, passes, inputs, sums, losses);
  }

  /** @param id names the programs, which are made once for each dictionary */
  async measure(id: string, dictionary: Dictionary, step: number): Promise<ValidationMetrics> {
    let measure = this.#measures.get(id);
    if (measure === undefined) this.#measures.set(id, (measure = await this.#build(id, dictionary)));
    const { program, loss, squaredError, counts } = measure;
    const rows = this.#inputs.targets.shape[0]!;
    let [losses, errors, active] = [0, 0, 0];
    for (const pass of this.#passes) {
      this.#put(pass);
      await program.run({ rows, scale: 1 / this.#scale });
      const [lossOf, errorOf, countOf] = await readTensors(this.#gpu, [loss, squaredError, counts]);
      losses += lossOf[0]!;
      errors += errorOf[0]! * rows;
      active += countOf[0]! * dictionary.features;
    }
    const { original, zeroAblated } = this.#losses;
    const reconstructed = losses / this.#passes.length;
    return {
      step,
      tokens: this.#sums.tokens,
      l0: active / this.#sums.tokens,
      explainedVariance: explainedVariance(this.#sums, errors),
      originalLoss: original,
      zeroAblatedLoss: zeroAblated,
      reconstructedLoss: reconstructed,
      lossRecovered: lossRecovered({ original, zeroAblated, reconstructed }),
    };
  }

  close(): void {
    for (const { program } of this.#measures.values()) program.destroy();
    for (const tensor of Object.values(this.#inputs) as (Tensor | null)[]) tensor?.buffer.destroy();
  }

  #put({ activations, stream, targets }: Pass): void {
    writeTensor(this.#gpu, this.#inputs.activations, activations);
    writeTensor(this.#gpu, this.#inputs.targets, targets);
    if (stream !== null) writeTensor(this.#gpu, this.#inputs.stream!, stream);
  }

  async #build(id: string, dictionary: Dictionary): Promise<Measure> {
    const p = new ProgramBuilder(this.#gpu, `validate ${id}`);
    const values = dictionaryValues(p, dictionary);
    const x = p.persistent(this.#inputs.activations);
    const f = encode(p, x, values, dictionary);
    const mask = activeMask(p, f);
    const reconstruction = sparseMatmul(p, f, mask, values.decoder, values.decoderBias, 'x̂');
    const { rowLoss } = residual(p, reconstruction, x, 1);
    const { count } = maskedColumnSum(p, f, f, mask);
    const replaced = p.persistent(this.#inputs.replaced);
    copyRows(p, reconstruction, p.persistent(this.#inputs.places), replaced);
    const loss = p.output(recordLoss(p, this.#model, this.#inputs, replaced));
    const average = (of: Value): Tensor => p.output(p.apply(mean, { x: of }, {}));
    return { loss, squaredError: average(rowLoss), counts: average(count), program: await p.build() };
  }
}

/** Mean cross-entropy (1) of the model with other values in the place of its activations. */
function recordLoss(
  p: ProgramBuilder,
  { config, parameters, site, contexts }: ActivationModel,
  inputs: Inputs,
  activations: Value,
): Value {
  const values = new Map([...parameters].map(([name, tensor]) => [name, p.persistent(tensor)]));
  const stream = inputs.stream === null ? null : p.persistent(inputs.stream);
  const targets = p.persistent(inputs.targets);
  const residual = forwardFrom(
    p,
    { stream, activations },
    values,
    { context: contexts.length },
    config,
    site,
  );
  const predicted = logits(p, residual, values, config);
  return p.apply(mean, { x: p.apply(crossEntropy, { logits: predicted }, { targets }) }, {});
}

/** Activations of the set, unscaled, and the losses of the model with them and with zeros in their place. */
async function runModel(
  gpu: Gpu,
  model: ActivationModel,
  inputs: Inputs,
  indices: readonly number[],
  perPass: number,
): Promise<{ passes: Pass[]; losses: { original: number; zeroAblated: number } }> {
  const { config, parameters, site, contexts } = model;
  const tokens = createBatch(gpu, perPass, contexts.length, config.vocabulary);
  const p = new ProgramBuilder(gpu, 'held-out activations');
  const values = new Map([...parameters].map(([name, tensor]) => [name, p.persistent(tensor)]));
  const batch = { tokens: p.persistent(tokens.tokens), order: null, starts: null, context: contexts.length };
  const at = forwardTo(p, values, batch, config, site);
  const activations = p.output(at.activations);
  const stream = at.stream === null ? null : p.output(at.stream);
  const program = await p.build();
  const q = new ProgramBuilder(gpu, 'held-out losses');
  const loss = q.output(recordLoss(q, model, inputs, q.persistent(inputs.replaced)));
  const losses = await q.build();

  const passes: Pass[] = [];
  let [original, zeroAblated] = [0, 0];
  for (let from = 0; from < indices.length; from += perPass) {
    setBatch(gpu, tokens, contexts.readBatch(indices.slice(from, from + perPass)));
    await program.run();
    const pass: Pass = {
      activations: await readTensor(gpu, activations),
      stream: stream === null ? null : await readTensor(gpu, stream),
      targets: await readTensor(gpu, { ...tokens.targets, dtype: 'u32' }),
    };
    if (pass.stream !== null) writeTensor(gpu, inputs.stream!, pass.stream);
    writeTensor(gpu, inputs.targets, pass.targets);
    for (const [replacement, add] of [
      [pass.activations, (value: number) => (original += value)],
      [new Float32Array(pass.activations.length), (value: number) => (zeroAblated += value)],
    ] as const) {
      writeTensor(gpu, inputs.replaced, replacement);
      await losses.run();
      add((await readTensor(gpu, loss))[0]!);
    }
    passes.push(pass);
  }
  program.destroy();
  losses.destroy();
  return { passes, losses: { original: original / passes.length, zeroAblated: zeroAblated / passes.length } };
}
