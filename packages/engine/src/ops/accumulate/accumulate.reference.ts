/** total + x for whole numbers, modulo 2³² as u32 adds. */
export function accumulateReference(total: Uint32Array, x: Float64Array): Uint32Array {
  return total.map((value, i) => value + x[i]!);
}
