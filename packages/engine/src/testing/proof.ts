import type { Gpu } from '../device/gpu.ts';
import type { Checked } from './check-kernel.ts';
import type { SeededRandom } from './random.ts';

/**
 * What is proved of kernels, and at which sizes: `check` compares one case with its float64 reference. A runner
 * decides where; nothing here knows one.
 */
export interface Proof<Sizes extends readonly number[] = readonly number[]> {
  /** A sentence with a %i for each size. */
  readonly claim: string;
  /** Extents that the kernels work in (vectors, lanes, words, blocks): sizes go around each of them. */
  readonly tiles: readonly number[];
  readonly sizes: readonly NoInfer<Sizes>[];
  /** Sizes that take more than 65,535 workgroups; null where another proof of the same kernels has them. */
  readonly folded: NoInfer<Sizes> | null;
  /** True where a thread or workgroup of a CPU adapter visits so much that no grid of one ever folds. */
  readonly spread: boolean;
  /** Upper ends of sizes drawn at random. */
  readonly largest: NoInfer<Sizes>;
  /** True where the class of the adapter decides the kernels, or how many lanes work together. */
  readonly byClass: boolean;
  readonly check: (gpu: Gpu, ...sizes: Sizes) => Promise<Checked>;
}

/**
 * Takes a proof whose sizes are 1 throughout, a prime, next to every tile on both sides, and not square.
 *
 * @throws {RangeError} naming what the sizes leave out
 */
export function defineProof<Sizes extends number[]>(proof: Proof<Sizes>): Proof {
  const sizes: readonly (readonly number[])[] = proof.sizes;
  const extents = new Set(sizes.flat());
  const missing = proof.tiles
    .flatMap((tile) => [tile - 1, tile, tile + 1])
    .filter((n) => n > 0 && !extents.has(n));
  if (!sizes.some((size) => size.every((extent) => extent === 1))) missing.push(1);
  if (missing.length > 0)
    throw new RangeError(`${proof.claim}: expected sizes with ${missing.join(', ')}, got none`);
  if (![...extents].some((n) => n > 4 && isPrime(n)))
    throw new RangeError(`${proof.claim}: expected a prime among the sizes, got none`);
  if (proof.largest.length > 1 && !sizes.some((size) => new Set(size).size > 1))
    throw new RangeError(`${proof.claim}: expected sizes that differ from each other, got only squares`);
  return proof as unknown as Proof;
}

/** Draws sizes up to the largest: small ones as often as large ones. */
export function drawSizes(random: SeededRandom, largest: readonly number[]): number[] {
  return largest.map((end) => Math.floor(Math.exp(random.uniform(0, Math.log(end + 1)))));
}

function isPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return n > 1;
}
