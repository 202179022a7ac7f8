import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { forWidth, type Kernel } from '../../program/kernel.ts';
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

function groupsOf(F: number, k: number): { readonly shift: number; readonly count: number } {
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
  const columns = F % 4 === 0 ? F / 4 : F;
  const words = Math.ceil(F / 32);
  const rowMask = p.temporary(`top ${k} of ${x.label}`, [B, words], 'u32');
  const { shift, count: groups } = groupsOf(F, k);
  const idle = among?.idle ?? p.unread;
  const atLeast = among?.atLeast ?? 0;
  const constants = { AMONG: among === null ? 0 : 1 };
  for (const block of rowBlocks(p.gpu, [x])) {
    const { count } = block;
    const sizes = { B: count, F, k, among: among !== null };
    const maxima = p.temporary(`maxima of ${x.label}`, [count, groups], 'u32');
    const list = p.temporary(`candidates of ${x.label}`, [count, listWords(F, k)], 'u32');
    const kept = p.temporary(`thresholds of ${x.label}`, [count, 2], 'u32');
    p.dispatch({
      kernel: forWidth(MAXIMA, F),
      constants,
      bindings: [rows(x, block), idle, maxima],
      groups: Math.ceil((count * groups) / 64),
      sizes: Uint32Array.of(count, columns, shift, groups, atLeast),
      cost: selectRowsCost.maxima(sizes),
    });
    p.dispatch({
      kernel: THRESHOLD,
      constants: { ...constants, WORKGROUP_SIZE: p.gpu.workgroupSize },
      bindings: [rows(x, block), idle, maxima, list, kept],
      groups: count,
      sizes: Uint32Array.of(count, F, k, shift, groups, roomOf(F, k), atLeast),
      cost: selectRowsCost.threshold(sizes),
    });
    p.dispatch({
      kernel: forWidth(MASK, F),
      constants,
      bindings: [rows(x, block), idle, maxima, kept, rowMask],
      groups: Math.ceil((count * words) / 64),
      sizes: Uint32Array.of(count, block.from, columns, words, shift, groups, atLeast),
      cost: selectRowsCost.mask(sizes),
    });
  }
  return rowMask;
}
