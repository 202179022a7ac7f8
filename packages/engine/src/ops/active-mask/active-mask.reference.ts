/** The masks of a matrix (B,F), bit by bit. */
export function activeMaskReference(f: Float64Array, rows: number, columns: number) {
  const blocks = Math.ceil(rows / 32);
  const columnSummaries = Math.ceil(blocks / 32);
  const words = Math.ceil(columns / 32);
  const summaries = Math.ceil(words / 32);
  const mask = {
    columns: new Uint32Array((columnSummaries + blocks) * columns),
    rows: new Uint32Array(rows * words),
    summary: new Uint32Array(rows * summaries),
  };
  f.forEach((value, i) => {
    if (!(value > 0)) return;
    const row = Math.floor(i / columns);
    const column = i % columns;
    const block = Math.floor(row / 32);
    const word = Math.floor(column / 32);
    mask.columns[Math.floor(block / 32) * columns + column]! |= 1 << (block % 32);
    mask.columns[(columnSummaries + block) * columns + column]! |= 1 << (row % 32);
    mask.rows[row * words + word]! |= 1 << (column % 32);
    mask.summary[row * summaries + Math.floor(word / 32)]! |= 1 << (word % 32);
  });
  return mask;
}
