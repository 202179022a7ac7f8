import type { ProgramBuilder } from '../../program/builder.ts';
import { ShapeError } from '../../errors.ts';
import { bytesOf, type MarkedEntries, type Work } from '../../program/cost.ts';
import { columnsIn, forWidth, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows as rowsOf, type RowBlock } from '../../program/rows.ts';
import { spreadElements } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { describeShape, sameShape } from '../../tensor/shape.ts';

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
 * Where a matrix (B,F) is positive, or not 0, as bits. Sparse ops walk the bits instead of building index lists: nothing can
 * overflow, the order is that of the indices, and no atomics are needed, so sums repeat to the bit.
 */
export interface ActiveMask extends ActiveRows, ActiveColumns {}

/** The columns' side of a mask alone, for those who never walk rows. */
export interface ActiveColumns {
  /**
   * (S+K,F) u32 with K = ⌈B/32⌉ and S = ⌈K/32⌉: bit r of [S+k,j] is row 32k+r of column j; bit i of [s,j] says
   * whether word 32s+i of the column has any bit.
   */
  readonly columns: Value;
  /** S: how many rows of `columns` are summary. */
  readonly columnSummaries: number;
}

/** The rows' side of a mask alone, for those who never walk columns. */
export interface ActiveRows {
  /** (B,⌈F/32⌉) u32: bit i of [b,w] is column 32w+i of row b. */
  readonly rows: Value;
  /** (B,⌈F/1024⌉) u32: which words of `rows` are not zero. */
  readonly summary: Value;
}

interface MaskSizes {
  readonly B: number;
  readonly F: number;
}

/** u32 of a mask's rows and their summary, and of its columns with theirs: what an op that walks them reads. */
export const rowMaskWords = ({ B, F }: MaskSizes): number => B * (Math.ceil(F / 32) + Math.ceil(F / 1024));
export const columnMaskWords = ({ B, F }: MaskSizes): number => F * (Math.ceil(B / 32) + Math.ceil(B / 1024));

export const activeMaskCost = {
  columns: ({ B, F }: MaskSizes): Work => ({
    flops: 0,
    bytes: bytesOf(B * Math.ceil(F / 32), Math.ceil(B / 32) * F),
  }),
  columnSummary: (sizes: MaskSizes): Work => ({ flops: 0, bytes: bytesOf(columnMaskWords(sizes)) }),
  rows: ({ B, F }: MaskSizes): Work => ({ flops: 0, bytes: bytesOf(B * F, B * Math.ceil(F / 32)) }),
  rowSummary: (sizes: MaskSizes): Work => ({ flops: 0, bytes: bytesOf(rowMaskWords(sizes)) }),
};

/** How many entries are marked, read from the rows or the columns, whichever an op walks. */
export function entriesOfRows({ rows }: ActiveRows): MarkedEntries {
  return { mask: rows, from: 0 };
}
export function entriesOfColumns({ columns, columnSummaries }: ActiveColumns): MarkedEntries {
  return { mask: columns, from: columnSummaries * columns.shape[1]! };
}

/**
 * Entries of a matrix that is visited where it is marked, as many as its dispatches are cut for: how many there will be is
 * known by the run alone, and of denser matrices all entries are better visited.
 */
export function reckonedEntries({ B, F }: { readonly B: number; readonly F: number }): number {
  return (B * F) / 16;
}

/** Columns that one word of the rows' summary covers: where walks over rows can be cut. */
export const COLUMNS_A_SUMMARY = 1024;

/** The words of the rows' summary that a block of features has. @param block from a multiple of COLUMNS_A_SUMMARY */
export function summaryRange({ from, count }: RowBlock): { readonly from: number; readonly end: number } {
  return { from: from / COLUMNS_A_SUMMARY, end: Math.ceil((from + count) / COLUMNS_A_SUMMARY) };
}

/** The words of 32 rows that a block of rows has. @param block from a multiple of 32 */
export function wordRange({ from, count }: RowBlock): { readonly from: number; readonly end: number } {
  return { from: from / 32, end: Math.ceil((from + count) / 32) };
}

/** The same as a kernel's `here` uniform, and whether its sums go on from what was summed before. */
export function wordsHere(block: RowBlock, goesOn = false): Uint32Array {
  const { from, end } = wordRange(block);
  return Uint32Array.of(from, end, goesOn || from > 0 ? 1 : 0);
}

/** @throws {ShapeError} unless these are the rows of a mask of a matrix (B,F) */
export function checkMaskRows(operation: string, rows: Value, { B, F }: MaskSizes): void {
  const wanted = [B, Math.ceil(F / 32)];
  if (!sameShape(rows.shape, wanted))
    throw new ShapeError(
      `${operation}: expected the mask of a matrix ${describeShape([B, F])}, whose rows are ${describeShape(wanted)}, got ${rows.label} ${describeShape(rows.shape)}`,
    );
}

/** @throws {ShapeError} unless these are the columns of a mask of a matrix of F columns and at least B rows */
export function checkMaskColumns(
  operation: string,
  { columns, columnSummaries }: ActiveColumns,
  { B, F }: MaskSizes,
): void {
  const [words, width] = columns.shape as [number, number];
  if (width !== F || 32 * (words - columnSummaries) < B)
    throw new ShapeError(
      `${operation}: expected the mask of a matrix ${describeShape([B, F])}, got ${columns.label} of ${32 * (words - columnSummaries)} rows and ${width} columns`,
    );
}

/** Which entries are marked. */
type Marks = 'positive' | 'not zero';

/** Marks the positive entries of f (B,F), or all that are not 0. */
export function activeMask(p: ProgramBuilder, f: Value, marks: Marks = 'positive'): ActiveMask {
  return maskOfRows(p, markedRows(p, f, marks), f.shape[1]!);
}

/** Marks the positive entries of f (B,F), or all that are not 0, by rows alone. */
export function activeRows(p: ProgramBuilder, f: Value, marks: Marks = 'positive'): ActiveRows {
  const rows = markedRows(p, f, marks);
  return { rows, summary: summaryOf(p, rows, f.shape[1]!) };
}

function markedRows(p: ProgramBuilder, f: Value, marks: Marks): Value {
  const [B, F] = f.shape as [number, number];
  const words = Math.ceil(F / 32);
  const rows = p.temporary(`${f.label} active rows`, [B, words], 'u32');
  for (const block of rowBlocks(p.gpu, [f], 1, activeMaskCost.rows({ B, F }))) {
    const spread = spreadElements(p.gpu, block.count * words);
    const { RUN, ...lanes } = spread.constants;
    p.dispatch({
      kernel: forWidth(ROW, F),
      constants: {
        COLUMNS: columnsIn(F),
        WORDS: words,
        SIGNED: marks === 'positive' ? 0 : 1,
        ...lanes,
      },
      bindings: [rowsOf(f, block), rows],
      groups: spread.groups,
      sizes: Uint32Array.of(block.count, block.from, RUN),
      cost: activeMaskCost.rows({ B: block.count, F }),
    });
  }
  return rows;
}

/**
 * The whole mask of a matrix (B,F), given that of its rows.
 *
 * @param rows (B,⌈F/32⌉) u32: bit i of [b,w] marks column 32w+i of row b; bits past the last column are 0
 */
export function maskOfRows(p: ProgramBuilder, rows: Value, F: number): ActiveMask {
  const columns = columnsOf(p, [rows], F, Math.ceil(rows.shape[0]! / 32) * 32);
  return { ...columns, rows, summary: summaryOf(p, rows, F) };
}

/**
 * The columns of a mask of matrices (B,F) under one another, of which each begins `stride` rows after the one before.
 *
 * @param stride a multiple of 32, at least B
 */
export function stackedColumns(
  p: ProgramBuilder,
  masks: readonly ActiveRows[],
  F: number,
  stride: number,
): ActiveColumns {
  return columnsOf(
    p,
    masks.map(({ rows }) => rows),
    F,
    stride,
  );
}

function columnsOf(p: ProgramBuilder, parts: readonly Value[], F: number, stride: number): ActiveColumns {
  const words = Math.ceil(F / 32);
  const ofPart = stride / 32;
  const blocks = parts.length * ofPart;
  const columnSummaries = Math.ceil(blocks / 32);
  const columns = p.temporary(`${parts[0]!.label} by columns`, [columnSummaries + blocks, F], 'u32');
  parts.forEach((rows, part) => {
    const B = rows.shape[0]!;
    p.dispatch({
      kernel: COLUMN,
      constants: {
        ROWS: B,
        BLOCKS: ofPart,
        WORDS: words,
        FEATURES: F,
        FIRST: columnSummaries + part * ofPart,
      },
      bindings: [rows, columns],
      groups: Math.ceil((ofPart * words) / 64),
      cost: activeMaskCost.columns({ B, F }),
    });
  });
  p.dispatch({
    kernel: COLUMN_SUMMARY,
    constants: { BLOCKS: blocks, FEATURES: F, SUMMARIES: columnSummaries },
    bindings: [columns],
    groups: Math.ceil((columnSummaries * F) / 64),
    cost: activeMaskCost.columnSummary({ B: blocks * 32, F }),
  });
  return { columns, columnSummaries };
}

/** Which words of the rows' mask of F columns have any bit. */
function summaryOf(p: ProgramBuilder, rows: Value, F: number): Value {
  const [B, words] = rows.shape as [number, number];
  const summaries = Math.ceil(words / 32);
  const summary = p.temporary(`${rows.label} in short`, [B, summaries], 'u32');
  p.dispatch({
    kernel: SUMMARY,
    constants: { ROWS: B, WORDS: words, SUMMARIES: summaries },
    bindings: [rows, summary],
    groups: Math.ceil((B * summaries) / 64),
    cost: activeMaskCost.rowSummary({ B, F }),
  });
  return summary;
}
