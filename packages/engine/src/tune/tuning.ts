import { TuningError } from '../errors.ts';
import type { MatmulProblem } from '../ops/matmul/problem.ts';
import type { RaceResult } from './race.ts';

/** What measuring the kernels for a class of products found. */
export interface Measurement extends RaceResult {
  /** The kernel that the class of the adapter suggests, of those that were right. */
  readonly suggested: string;
  /** Kernels whose results were wrong on this adapter, or that it refused. */
  readonly wrong: readonly string[];
}

/** Kernels by class of products. */
export type Choices = Readonly<Record<string, string>>;

/** What a device knows of its kernels, and what it is to find out. */
export interface TuningOptions {
  /** Kernels that must be used; a product that cannot be computed so is an error. */
  readonly pinned?: Choices;
  /** Kernels that were found fastest before. */
  readonly known?: Choices;
  /** Is told what was measured, where products of classes that nobody measured shall be as programs are built. */
  readonly measured?: ((shape: string, measurement: Measurement) => void) | undefined;
  /** Is told of every product that is recorded. */
  readonly met?: (product: MatmulProblem) => void;
}

/**
 * What kernels a device computes products with: those that are pinned, those that an earlier part of the same work
 * used, those that were found fastest, and else those that should suit the class of the adapter.
 *
 * Kernels may differ in the order in which they add, so results repeat to the bit only where the same ones are chosen.
 */
export class Tuning {
  readonly #pinned: Choices;
  readonly #known: Map<string, string>;
  readonly #measured: TuningOptions['measured'];
  readonly #learned = new Map<string, Measurement>();
  #used = new Map<string, string>();
  #told: (choices: Choices) => void = () => {};
  /** Is told of every product that is recorded. */
  readonly met: (product: MatmulProblem) => void;

  constructor({ pinned = {}, known = {}, measured, met = () => {} }: TuningOptions = {}) {
    this.met = met;
    this.#pinned = pinned;
    this.#known = new Map(Object.entries(known));
    this.#measured = measured;
  }

  /** How many classes of products were measured before. */
  get known(): number {
    return this.#known.size;
  }

  /** What was measured since the device opened, by class of products. */
  get learned(): Readonly<Record<string, Measurement>> {
    return Object.fromEntries(this.#learned);
  }

  /** Whether choices that nobody has made yet are to be measured. */
  get measures(): boolean {
    return this.#measured !== undefined;
  }

  /**
   * Begins a piece of work, of which the choices are kept.
   *
   * @param before what an earlier part of it chose, to be chosen again
   * @param told of all choices so far, whenever there is another
   */
  begin(before: Choices, told: (choices: Choices) => void): void {
    this.#used = new Map(Object.entries(before));
    this.#told = told;
  }

  /**
   * The kernel to use, out of those that compute a product, the one that the class of the adapter suggests first; null
   * where that is to be measured.
   *
   * @throws {TuningError} if the one that is pinned is none of them
   */
  choose(shape: string, kernels: readonly string[]): string | null {
    const pinned = this.#pinned[shape];
    if (pinned !== undefined) {
      if (kernels.includes(pinned)) return this.use(shape, pinned);
      throw new TuningError(
        `kernels: expected one that computes products "${shape}" on this adapter, got "${pinned}"; unpin it, or pin one of "${kernels.slice(0, 3).join('", "')}"`,
      );
    }
    for (const choice of [this.#used.get(shape), this.#known.get(shape)])
      if (choice !== undefined && kernels.includes(choice)) return this.use(shape, choice);
    if (this.measures && kernels.length > 1) return null;
    return this.use(shape, kernels[0]!);
  }

  /** Takes a measurement, to choose by it. */
  learn(shape: string, measurement: Measurement): void {
    this.#known.set(shape, measurement.choice);
    this.#learned.set(shape, measurement);
    this.#measured?.(shape, measurement);
  }

  /** Notes that a kernel is used. */
  use(shape: string, kernel: string): string {
    if (this.#used.get(shape) !== kernel) {
      this.#used.set(shape, kernel);
      this.#told(Object.fromEntries(this.#used));
    }
    return kernel;
  }
}
