/** The rows of one matrix nearest to each row of another, or of the same. */
export interface NearestRows {
  readonly count: number;
  /** Rows nearest to a row, nearest first, with their cosines; none at a right angle or beyond, and never itself. */
  readonly of: (row: number) => { readonly row: number; readonly cosine: number }[];
}

/** The nearest rows in flat arrays, which can be handed to a thread. */
export interface NearestTable {
  /** Nearest of a row, at most. */
  readonly most: number;
  /** (N) how many each row has. */
  readonly counts: Uint8Array;
  /** (N,most), nearest first. */
  readonly rows: Uint32Array;
  /** (N,most) */
  readonly cosines: Float32Array;
}

/** A table of `count` rows that have none yet. @param most (1 to 255) nearest of a row */
export function emptyTable(count: number, most: number): NearestTable {
  return {
    most,
    counts: new Uint8Array(count),
    rows: new Uint32Array(count * most),
    cosines: new Float32Array(count * most),
  };
}

/** Takes another row among the nearest of a row, if it is; of equal ones the first is nearer. */
export function takeNearer(
  { most, counts, rows, cosines }: NearestTable,
  row: number,
  other: number,
  cosine: number,
): void {
  const begin = row * most;
  let at = begin + counts[row]!;
  const isNearer = (than: number): boolean =>
    cosine > cosines[than]! || (cosine === cosines[than]! && other < rows[than]!);
  if (at === begin + most) {
    if (!isNearer(at - 1)) return;
    at -= 1;
  } else {
    counts[row]! += 1;
  }
  for (; at > begin && isNearer(at - 1); at--) {
    rows[at] = rows[at - 1]!;
    cosines[at] = cosines[at - 1]!;
  }
  rows[at] = other;
  cosines[at] = cosine;
}

/** A table, read row by row. */
export function nearestOf({ most, counts, rows, cosines }: NearestTable): NearestRows {
  return {
    count: counts.length,
    of: (row) =>
      Array.from({ length: counts[row]! }, (_, i) => ({
        row: rows[row * most + i]!,
        cosine: cosines[row * most + i]!,
      })),
  };
}
