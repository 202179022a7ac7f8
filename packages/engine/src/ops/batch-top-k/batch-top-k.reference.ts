import { largest } from '../top-k/top-k.reference.ts';

/** The k·B largest positive entries of x (B,F) as a whole, zeros elsewhere; ties go to the lowest row-major index. */
export function batchTopKReference(x: Float64Array, width: number, k: number): Float64Array {
  const y = new Float64Array(x.length);
  for (const i of largest(x, (k * x.length) / width)) y[i] = x[i]!;
  return y;
}
