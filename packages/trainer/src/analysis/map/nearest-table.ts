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
