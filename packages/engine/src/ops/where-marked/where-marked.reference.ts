/** y (B,F) = x where bit j % 32 of word j / 32 of its row in the mask is set, 0 elsewhere. */
export function whereMarkedReference(x: Float64Array, width: number, rowMask: Uint32Array): Float64Array {
  const words = Math.ceil(width / 32);
  return x.map((value, i) => {
    const column = i % width;
    const word = rowMask[Math.floor(i / width) * words + Math.floor(column / 32)]!;
    return (word >>> (column % 32)) % 2 === 1 ? value : 0;
  });
}
