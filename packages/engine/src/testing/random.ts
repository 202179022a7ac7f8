import { sizeOf, type Shape } from '../tensor/shape.ts';

/** Reproducible random numbers: the same seed gives the same stream on every machine. */
export interface SeededRandom {
  /** Uniform in [low, high). */
  readonly uniform: (low: number, high: number) => number;
  /** Normal with mean 0 and standard deviation 1. */
  readonly normal: () => number;
  /** A whole number from 0 to below `end`. */
  readonly below: (end: number) => number;
  /** -1 or 1. */
  readonly sign: () => -1 | 1;
}

/** Opens a stream of random numbers: mulberry32, whose 32 bits are plenty for tests and for nothing else. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    uniform: (low, high) => low + (high - low) * next(),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    below: (end) => Math.floor(next() * end),
    sign: () => (next() < 0.5 ? -1 : 1),
  };
}

/** Test data for one operand, row-major. */
export interface Sample {
  readonly shape: Shape;
  /** Fewer than the shape has where they repeat themselves: see repeating. */
  readonly values: Float64Array;
}

/**
 * Draws a sample, each element rounded to float32: a kernel and its float64 reference then start from the same
 * numbers, and what they differ by is the kernel's own error.
 */
export function sample(shape: Shape, draw: (index: number) => number): Sample {
  const values = new Float64Array(sizeOf(shape));
  for (let index = 0; index < values.length; index++) values[index] = Math.fround(draw(index));
  return { shape, values };
}

/** A prime, so that no tile of a kernel falls in step with it. */
const PERIOD = 1009;

/**
 * Draws rows that repeat themselves after 1,009 of them, for kernels that treat each row alike: their results repeat
 * too, and a reference over a million rows costs no more than one over a thousand.
 *
 * @param shape (N,...)
 */
export function repeating(shape: Shape, draw: (index: number) => number): Sample {
  const [rows, ...rest] = shape;
  return { shape, values: sample([Math.min(rows!, PERIOD), ...rest], draw).values };
}
