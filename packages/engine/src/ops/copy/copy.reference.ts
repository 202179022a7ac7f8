/** y = x. */
export function copyReference(x: Float64Array): Float64Array {
  return x.slice();
}
