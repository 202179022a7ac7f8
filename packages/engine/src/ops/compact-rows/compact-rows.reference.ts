/** The positive entries of f (B,F) in the order of rows and columns, and where each row's begin: (B+1). */
export function compactRowsReference(f: Float64Array, width: number) {
  const columns: number[] = [];
  const values: number[] = [];
  const offsets = [0];
  for (let start = 0; start < f.length; start += width) {
    for (let column = 0; column < width; column++) {
      if (!(f[start + column]! > 0)) continue;
      columns.push(column);
      values.push(f[start + column]!);
    }
    offsets.push(columns.length);
  }
  return { columns, values, offsets };
}
