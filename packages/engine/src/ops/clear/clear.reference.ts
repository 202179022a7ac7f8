/** As many zeros. */
export function clearReference(size: number): Float64Array {
  return new Float64Array(size);
}
