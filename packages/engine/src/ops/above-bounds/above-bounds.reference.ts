/** (B,⌈F/32⌉): bit j % 32 of word j / 32 of a row is set where x (B,F) is above the bound of the row or of column j. */
export function aboveBoundsReference(
  x: Float64Array,
  rowBounds: Float64Array,
  columnBounds: Float64Array,
): Uint32Array {
  const F = columnBounds.length;
  const words = Math.ceil(F / 32);
  const mask = new Uint32Array(rowBounds.length * words);
  x.forEach((value, i) => {
    const [row, column] = [Math.floor(i / F), i % F];
    if (value > rowBounds[row]! || value > columnBounds[column]!)
      mask[row * words + Math.floor(column / 32)]! |= 1 << (column % 32);
  });
  return mask;
}
