/** `1 layer`, `12 layers`. */
export function describeLayers(count: number): string {
  return count === 1 ? '1 layer' : `${count} layers`;
}
