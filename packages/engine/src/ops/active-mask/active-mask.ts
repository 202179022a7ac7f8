import type { ProgramBuilder } from '../../program/builder.ts';
import { forWidth, type Kernel } from '../../program/kernel.ts';
import type { Value } from '../../program/value.ts';

const COLUMN: Kernel = {
  label: 'active-mask/column',
  source: new URL('./column-mask.wgsl', import.meta.url),
};
const COLUMN_SUMMARY: Kernel = {
  label: 'active-mask/column-summary',
  source: new URL('./column-summary.wgsl', import.meta.url),
};
const ROW: Kernel = { label: 'active-mask/row', source: new URL('./row-mask.wgsl', import.meta.url) };
const SUMMARY: Kernel = {
  label: 'active-mask/summary',
  source: new URL('./row-summary.wgsl', import.meta.url),
};

/**
 * Where a matrix (B,F) is positive, as bits. Sparse ops walk the bits instead of building index lists: nothing can
 * overflow, the order is that of the indices, and no atomics are needed, so sums repeat to the bit.
 */
export interface ActiveMask {
  /**
   * (S+K,F) u32 with K = ⌈B/32⌉ and S = ⌈K/32⌉: bit r of [S+k,j] is row 32k+r of column j; bit i of [s,j] says
   * whether word 32s+i of the column has any bit.
   */
  readonly columns: Value;
  /** S: how many rows of `columns` are summary. */
  readonly columnSummaries: number;
  /** (B,⌈F/32⌉) u32: bit i of [b,w] is column 32w+i of row b. */
  readonly rows: Value;
  /** (B,⌈F/1024⌉) u32: which words of `rows` are not zero. */
  readonly summary: Value;
}

/** Marks the positive entries of f (B,F). */
export function activeMask(p: ProgramBuilder, f: Value): ActiveMask {
  const [B, F] = f.shape as [number, number];
  const blocks = Math.ceil(B / 32);
  const words = Math.ceil(F / 32);
  const summaries = Math.ceil(words / 32);
  const columnSummaries = Math.ceil(blocks / 32);
  const columns = p.temporary(`${f.label} active columns`, [columnSummaries + blocks, F], 'u32');
  const rows = p.temporary(`${f.label} active rows`, [B, words], 'u32');
  const summary = p.temporary(`${f.label} active summary`, [B, summaries], 'u32');
  const wide = F % 4 === 0 ? F / 4 : F;
  p.dispatch(
    forWidth(COLUMN, F),
    { ROWS: B, COLUMNS: wide, BLOCKS: blocks, SUMMARIES: columnSummaries },
    [f, columns],
    Math.ceil((blocks * wide) / 64),
  );
  p.dispatch(
    COLUMN_SUMMARY,
    { BLOCKS: blocks, FEATURES: F, SUMMARIES: columnSummaries },
    [columns],
    Math.ceil((columnSummaries * F) / 64),
  );
  p.dispatch(
    forWidth(ROW, F),
    { ROWS: B, COLUMNS: wide, WORDS: words },
    [f, rows],
    Math.ceil((B * words) / 64),
  );
  p.dispatch(
    SUMMARY,
    { ROWS: B, WORDS: words, SUMMARIES: summaries },
    [rows, summary],
    Math.ceil((B * summaries) / 64),
  );
  return { columns, columnSummaries, rows, summary };
}
