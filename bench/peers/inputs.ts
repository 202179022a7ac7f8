import { seededRandom } from '@monosema/engine/testing';
import type { Problem } from './problem.ts';

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
      return {
        x: normals(a * b),
        encoder: normals(c * b, 1 / Math.sqrt(b)),
        encoderBias: normals(c, 0.01),
        decoder: unitRows(normals(c * b), b),
        decoderBias: normals(b, 0.01),
      };
    case 'transformer':
      return {};
  }
}

function unitRows(matrix: Float32Array<ArrayBuffer>, width: number): Float32Array<ArrayBuffer> {
  for (let start = 0; start < matrix.length; start += width) {
    const row = matrix.subarray(start, start + width);
    const norm = Math.hypot(...row);
    row.forEach((value, i) => (row[i] = value / norm));
  }
  return matrix;
}
