import {
  add,
  copyRows,
  createTensor,
  matmul,
  ProgramBuilder,
  readTensor,
  subtractScaled,
  whereActive,
  writeTensor,
  type Gpu,
  type Program,
  type Tensor,
  type Value,
} from '@monosema/engine';
import type { Dictionary } from '../dictionary/dictionary.ts';
import type { TransformerConfig } from '../model/parameters.ts';
import { createBatch, setBatch, type BatchTensors, type Parameters } from '../model/training-program.ts';
import type { Site } from '../model/sites.ts';
import { forwardFrom, forwardTo, logits } from '../model/transformer.ts';
import { chooseFeatures, type ChosenFeatures } from './choose-features.ts';

/** A model on the device and the site whose activations the dictionaries take apart. */
export interface SampledModel {
  readonly config: TransformerConfig;
  readonly parameters: Parameters;
  readonly site: Site;
}

/** Features of one dictionary that may be held at an activation. */
export interface Pinnable {
  readonly id: string;
  readonly dictionary: Dictionary;
  readonly features: readonly number[];
}

/** Where one sequence's features are held: by dictionary and place in its `features`. */
export type Pins = readonly { readonly dictionary: number; readonly place: number; readonly value: number }[];

/** A sequence of a batch: its tokens (at most T), what is held in it, and where predictions are wanted. */
export interface SteeredSequence {
  readonly tokens: ArrayLike<number>;
  readonly pins: Pins;
  /** Places in the sequence after which the next token is predicted. */
  readonly after: readonly number[];
}

interface PinTensors {
  readonly places: number;
  /** (N,K) what each feature is held at where it is held. */
  readonly values: Tensor;
  /** (N,K) 1 where it is held, else 0. */
  readonly held: Tensor;
}

/**
 * A model in which features are held at chosen activations: at every position x' = x + Σ (pin - f)·d over the
 * features held, so that what the dictionary leaves out of x is kept. Source: Bricken et al. 2023, pinned sampling.
 */
export class SteeredModel {
  readonly context: number;
  readonly vocabulary: number;
  /** Sequences of a batch at most. */
  readonly sequences: number;
  readonly #gpu: Gpu;
  readonly #batch: BatchTensors;
  readonly #pins: readonly PinTensors[];
  readonly #places: Tensor;
  readonly #logits: Tensor;
  readonly #program: Program;
  readonly #own: readonly Tensor[];

  private constructor(
    gpu: Gpu,
    sequences: number,
    batch: BatchTensors,
    pins: readonly PinTensors[],
    places: Tensor,
    logitsTensor: Tensor,
    program: Program,
    own: readonly Tensor[],
  ) {
    this.#gpu = gpu;
    this.context = batch.context;
    this.vocabulary = batch.vocabulary;
    this.sequences = sequences;
    this.#batch = batch;
    this.#pins = pins;
    this.#places = places;
    this.#logits = logitsTensor;
    this.#program = program;
    this.#own = own;
  }

  /** @param predictions places of a batch after which a token is predicted, at most */
  static async build(
    gpu: Gpu,
    model: SampledModel,
    pinnable: readonly Pinnable[],
    sequences: number,
    predictions: number,
  ): Promise<SteeredModel> {
    const { config, parameters, site } = model;
    const rows = sequences * config.context;
    const batch = createBatch(gpu, sequences, config.context, config.vocabulary);
    const p = new ProgramBuilder(gpu, 'steered model');
    const values = new Map([...parameters].map(([name, tensor]) => [name, p.persistent(tensor)]));
    const tokens = { tokens: p.persistent(batch.tokens), order: null, starts: null, context: batch.context };
    const at = forwardTo(p, values, tokens, config, site);
    let activations = at.activations;
    const own: Tensor[] = [];
    const pins: PinTensors[] = [];
    for (const { id, dictionary, features } of pinnable) {
      const held = createTensor(gpu, `${id} held`, [rows, features.length]);
      const wanted = createTensor(gpu, `${id} pins`, [rows, features.length]);
      const chosen = await chooseFeatures(gpu, id, dictionary, features);
      own.push(held, wanted, ...chosen.own);
      pins.push({ places: features.length, values: wanted, held });
      const delta = recordDelta(p, at.activations, chosen, { held, wanted });
      activations = p.apply(add, { a: activations, b: delta }, {});
    }
    const residual = forwardFrom(p, { ...at, activations }, values, tokens, config, site);
    const places = createTensor(gpu, 'places', [predictions, 2], null, 'u32');
    const chosen = createTensor(gpu, 'residual at places', [predictions, config.dModel]);
    own.push(places, chosen);
    const rowsWanted = p.persistent(chosen);
    copyRows(p, residual, p.persistent(places), rowsWanted);
    const logitsTensor = p.output(logits(p, rowsWanted, values, config));
    const program = await p.build();
    return new SteeredModel(gpu, sequences, batch, pins, places, logitsTensor, program, own);
  }

  /**
   * Logits (V) of the token after each wanted place, sequence by sequence.
   *
   * @throws {RangeError} if there are more sequences or places than the program was built for
   */
  async predict(sequences: readonly SteeredSequence[]): Promise<Float32Array[]> {
    const wanted = sequences.flatMap(({ after }, s) => after.map((place) => s * this.context + place));
    const capacity = this.#places.shape[0]!;
    if (sequences.length > this.sequences || wanted.length > capacity)
      throw new RangeError(
        `internal: steered model: expected at most ${this.sequences} sequences and ${capacity} places, got ${sequences.length} and ${wanted.length}`,
      );
    const tokens = new Uint32Array(this.sequences * (this.context + 1));
    sequences.forEach((sequence, s) => {
      for (let i = 0; i < sequence.tokens.length; i++)
        tokens[s * (this.context + 1) + i] = sequence.tokens[i]!;
    });
    setBatch(this.#gpu, this.#batch, tokens);
    this.#writePins(sequences);
    writeTensor(this.#gpu, this.#places, Uint32Array.from(wanted.flatMap((row, i) => [row, i])));
    await this.#program.run({ rows: wanted.length, scale: 1 });
    const V = this.vocabulary;
    const read = await readTensor(this.#gpu, this.#logits, 0, wanted.length * V);
    return wanted.map((_, i) => read.subarray(i * V, (i + 1) * V));
  }

  #writePins(sequences: readonly SteeredSequence[]): void {
    this.#pins.forEach(({ places, values, held }, dictionary) => {
      const rows = this.sequences * this.context;
      const [pin, is] = [new Float32Array(rows * places), new Float32Array(rows * places)];
      sequences.forEach(({ pins }, s) => {
        for (const { place, value } of pins.filter((each) => each.dictionary === dictionary)) {
          for (let row = s * this.context; row < (s + 1) * this.context; row++) {
            pin[row * places + place] = value;
            is[row * places + place] = 1;
          }
        }
      });
      writeTensor(this.#gpu, values, pin);
      writeTensor(this.#gpu, held, is);
    });
  }

  /** Frees everything but the model and the dictionaries. */
  destroy(): void {
    this.#program.destroy();
    const { tokens, targets, order, starts } = this.#batch;
    for (const tensor of [...this.#own, tokens, targets, order, starts]) tensor.buffer.destroy();
  }
}

/** (N,M) Σ (pin - f)·d over the features that are held in each row. */
function recordDelta(
  p: ProgramBuilder,
  x: Value,
  { activations, directions }: ChosenFeatures,
  tensors: { held: Tensor; wanted: Tensor },
): Value {
  const one = p.scalar('scale');
  const f = activations(p, x);
  const difference = subtractScaled(p, p.persistent(tensors.wanted), f, { scalar: one, scale: 1 });
  const held = whereActive(p, difference, p.persistent(tensors.held), { scalar: one, scale: 0 });
  return matmul(p, held, p.persistent(directions), { label: 'steering' });
}
