/** How long each column has been idle after a batch of `rows`, of which `count` were active on it; at most 2³¹. */
export function countIdleReference(count: Float64Array, idle: Uint32Array, rows: number): Uint32Array {
  return idle.map((value, j) => (count[j]! > 0 ? 0 : Math.min(value + rows, 2 ** 31)));
}
