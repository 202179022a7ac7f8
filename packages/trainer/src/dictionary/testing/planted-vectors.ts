import { uniforms } from '../../random/seeded.ts';
import { randomDirections } from '../initialise.ts';

/** Vectors that are sparse sums of known directions: what a dictionary must find again. */
export interface PlantedVectors {
  /** (D,A) unit rows. */
  readonly directions: Float32Array;
  /** The next (rows,A) vectors: each the sum of `active` different directions, with strengths in [1, 2]. */
  readonly draw: (rows: number) => Float32Array;
}

export function plantedVectors(width: number, count: number, active: number, seed: number): PlantedVectors {
  const directions = randomDirections(count, width, seed);
  const uniform = uniforms(seed, 1);
  const draw = (rows: number): Float32Array => {
    const vectors = new Float32Array(rows * width);
    for (let row = 0; row < rows; row++) {
      const chosen = new Set<number>();
      while (chosen.size < active) chosen.add(Math.floor(uniform() * count));
      for (const direction of chosen) {
        const strength = 1 + uniform();
        for (let k = 0; k < width; k++)
          vectors[row * width + k]! += strength * directions[direction * width + k]!;
      }
    }
    return vectors;
  };
  return { directions, draw };
}

/** For each row of `wanted` the largest cosine with a row of `found`; rows of both have norm 1. */
export function maxCosines(wanted: Float32Array, found: Float32Array, width: number): number[] {
  return Array.from({ length: wanted.length / width }, (_, i) => {
    let best = -1;
    for (let start = 0; start < found.length; start += width) {
      let cosine = 0;
      for (let k = 0; k < width; k++) cosine += wanted[i * width + k]! * found[start + k]!;
      best = Math.max(best, cosine);
    }
    return best;
  });
}

/** Norms of the rows of a matrix. */
export function rowNorms(rows: Float32Array, width: number): number[] {
  return Array.from({ length: rows.length / width }, (_, i) =>
    Math.hypot(...rows.subarray(i * width, (i + 1) * width)),
  );
}
