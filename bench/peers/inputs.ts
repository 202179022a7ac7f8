import { seededRandom } from '@monosema/engine/testing';
import type { Problem } from './problem.ts';
import { ACTIVE } from './training.ts';

export type Inputs = Readonly<Record<string, Float32Array<ArrayBuffer>>>;

/** The same numbers in every process. */
export function inputsOf({ kind, sizes }: Problem): Inputs {
  const { normal } = seededRandom(1);
  const normals = (length: number, scale = 1): Float32Array<ArrayBuffer> =>
    Float32Array.from({ length }, () => scale * normal());
  const [a, b, c] = sizes as [number, number, number];
  switch (kind) {
    case 'gemm':
      return { left: normals(a * b), right: normals(b * c) };
    case 'softmax':
      return { x: normals(a * b, 3) };
    case 'layernorm':
      return { x: normals(a * b, 2), gain: normals(b), bias: normals(b) };
    case 'adam':
      return { parameter: normals(a), gradient: normals(a) };
    case 'add':
      return { a: normals(a), b: normals(a) };
    case 'dictionary':
    case 'sparse-dictionary': {
      const sparse = kind === 'sparse-dictionary';
      const [drawn, encoder] = [normals(a * b), normals(c * b, 1 / Math.sqrt(b))];
      // Vectors of one norm have about as many active features each.
      const x = sparse ? unitRows(drawn, b).map((value) => value * Math.sqrt(b)) : drawn;
      // Pre-activations are about normal: as many are above this as shall be active.
      const shift = sparse ? -upperQuantile(ACTIVE / c, normal) : 0;
      return {
        x,
        encoder,
        encoderBias: normals(c, 0.01).map((value) => value + shift),
        decoder: unitRows(normals(c * b), b),
        decoderBias: normals(b, 0.01),
      };
    }
    case 'transformer':
      return {};
  }
}

/** What a share of normal draws is above. */
function upperQuantile(share: number, normal: () => number): number {
  const draws = Float32Array.from({ length: 1e6 }, normal).sort();
  return draws[Math.floor((1 - share) * draws.length)]!;
}

function unitRows(matrix: Float32Array<ArrayBuffer>, width: number): Float32Array<ArrayBuffer> {
  for (let start = 0; start < matrix.length; start += width) {
    const row = matrix.subarray(start, start + width);
    const norm = Math.hypot(...row);
    row.forEach((value, i) => (row[i] = value / norm));
  }
  return matrix;
}
