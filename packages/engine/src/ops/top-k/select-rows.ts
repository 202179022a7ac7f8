import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { columnsIn, forWidth, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions, checkCount } from '../../tensor/shape.ts';

const ORDERED = new URL('./ordered-columns.wgsl', import.meta.url);
const MAXIMA: Kernel = {
  label: 'top-k/group-maxima',
  source: new URL('./group-maxima.wgsl', import.meta.url),
  before: ORDERED,
};
const THRESHOLD: Kernel = {
  label: 'top-k/threshold',
  source: new URL('./threshold.wgsl', import.meta.url),
  reduces: true,
};
const MASK: Kernel = {
  label: 'top-k/kept-mask',
  source: new URL('./kept-mask.wgsl', import.meta.url),
  before: ORDERED,
};

/** Which entries of each row of a matrix (B,F) are chosen: the k largest, ties to the lowest index. */
export interface Choice {
  readonly k: number;
  /**
   * Null for positive entries alone. Otherwise entries of any sign, in the columns whose `idle` (F) u32 is at least so
   * much.
   */
  readonly among: { readonly idle: Value; readonly atLeast: number } | null;
}

interface Sizes {
  readonly B: number;
  readonly F: number;
  readonly k: number;
  readonly among: boolean;
}

/** A full list is counted, and of x in the groups that are looked at again as many entries as there are groups for k. */
export const selectRowsCost = {
  maxima: ({ B, F, k, among }: Sizes): Work => ({
    flops: 0,
    bytes: bytesOf(B * F, B * groupsOf(F, k).count, among ? F : 0),
  }),
  threshold: ({ B, F, k, among }: Sizes): Work => ({
    flops: 0,
    bytes: bytesOf(
      B * inGroups(F, k),
      B * groupsOf(F, k).count,
      2 * B * listWords(F, k),
      2 * B,
      among ? F : 0,
    ),
  }),
  mask: ({ B, F, k, among }: Sizes): Work => ({
    flops: 0,
    bytes: bytesOf(B * inGroups(F, k), B * groupsOf(F, k).count, 2 * B, B * Math.ceil(F / 32), among ? F : 0),
  }),
};

/** Sizes of groups of columns whose maxima are taken: the largest of which there are several times k. */
const GROUP_SHIFTS = [5, 4, 3, 2];
const GROUPS_FOR_EACH = 4;

/** The groups of 2^shift columns that F columns make, for the k largest of them. */
export function groupsOf(F: number, k: number): { readonly shift: number; readonly count: number } {
  const shift = GROUP_SHIFTS.find((bits) => F >> bits >= GROUPS_FOR_EACH * k) ?? GROUP_SHIFTS.at(-1)!;
  return { shift, count: Math.ceil(F / 2 ** shift) };
}

/** Entries of a row in as many groups as are kept. */
function inGroups(F: number, k: number): number {
  return Math.min(F, k * 2 ** groupsOf(F, k).shift);
}

/** Entries that the list of a row's candidates holds. Where maxima are independent, little more than k are to be listed. */
function roomOf(F: number, k: number): number {
  return Math.max(1, Math.min(2 * k + 32, Math.floor(F / 4)));
}

/** A group, and bits and column of an entry. */
function listWords(F: number, k: number): number {
  return 3 * roomOf(F, k);
}

/**
 * Marks the chosen entries of x (B,F). x is read once, and again only in the groups of columns whose maxima say that something
 * in them may be chosen.
 *
 * @returns (B,⌈F/32⌉) u32, the rows of an active mask
 */
export function markChosen(p: ProgramBuilder, x: Value, choice: Choice): Value {
  const { k, among } = choice;
  const { B, F } = bindDimensions(
    'topK',
    { x: ['B', 'F'], ...(among === null ? {} : { idle: { u32: ['F'] } }) },
    { x, ...(among === null ? {} : { idle: among.idle }) },
  );
  checkCount('topK', 'k', k);
  const rowMask = p.temporary(`top ${k} of ${x.label}`, [B, Math.ceil(F / 32)], 'u32');
  const { shift, count: groups } = groupsOf(F, k);
  // Each of the three kernels takes about as long as reading x once.
  const work = selectRowsCost.maxima({ B, F, k, among: among !== null });
  for (const block of rowBlocks(p.gpu, [x], 1, work)) {
    const { count } = block;
    const part = rows(x, block);
    const maxima = recordMaxima(p, part, choice);
    const list = p.temporary(`candidates of ${x.label}`, [count, listWords(F, k)], 'u32');
    const kept = p.temporary(`thresholds of ${x.label}`, [count, 2], 'u32');
    p.dispatch({
      kernel: THRESHOLD,
      constants: { ...constantsOf(choice), WORKGROUP_SIZE: p.gpu.workgroupSize },
      bindings: [part, idleOf(p, choice), maxima, list, kept],
      groups: count,
      sizes: Uint32Array.of(count, F, k, shift, groups, roomOf(F, k), among?.atLeast ?? 0),
      cost: selectRowsCost.threshold({ B: count, F, k, among: among !== null }),
    });
    recordKept(p, part, choice, { maxima, kept, rowMask, firstRow: block.from });
  }
  return rowMask;
}

/** The largest entries of groups of neighbouring columns of x (B,F), as bits that order as the entries do: u32 (B,groups). */
export function recordMaxima(p: ProgramBuilder, x: Value, choice: Choice): Value {
  const [B, F] = x.shape as [number, number];
  const { k, among } = choice;
  const { shift, count: groups } = groupsOf(F, k);
  const maxima = p.temporary(`maxima of ${x.label}`, [B, groups], 'u32');
  p.dispatch({
    kernel: forWidth(MAXIMA, F),
    constants: constantsOf(choice),
    bindings: [x, idleOf(p, choice), maxima],
    groups: Math.ceil((B * groups) / 64),
    sizes: Uint32Array.of(B, columnsIn(F), shift, groups, among?.atLeast ?? 0),
    cost: selectRowsCost.maxima({ B, F, k, among: among !== null }),
  });
  return maxima;
}

/**
 * Marks the entries of x (B,F) whose bits exceed T, or equal it in a column up to C.
 *
 * @param into the maxima of x; kept u32 (B,2), T and C of each row; and the mask, of which the first row of x is `firstRow`
 */
export function recordKept(
  p: ProgramBuilder,
  x: Value,
  choice: Choice,
  into: {
    readonly maxima: Value;
    readonly kept: Value;
    readonly rowMask: Value;
    readonly firstRow: number;
  },
): void {
  const [B, F] = x.shape as [number, number];
  const { k, among } = choice;
  const { shift, count: groups } = groupsOf(F, k);
  const words = Math.ceil(F / 32);
  p.dispatch({
    kernel: forWidth(MASK, F),
    constants: constantsOf(choice),
    bindings: [x, idleOf(p, choice), into.maxima, into.kept, into.rowMask],
    groups: Math.ceil((B * words) / 64),
    sizes: Uint32Array.of(B, into.firstRow, columnsIn(F), words, shift, groups, among?.atLeast ?? 0),
    cost: selectRowsCost.mask({ B, F, k, among: among !== null }),
  });
}

function constantsOf({ among }: Choice): { readonly AMONG: number } {
  return { AMONG: among === null ? 0 : 1 };
}

function idleOf(p: ProgramBuilder, { among }: Choice): Value {
  return among?.idle ?? p.unread;
}
