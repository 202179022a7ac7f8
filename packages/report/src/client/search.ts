import { isDense } from '../view/density.ts';
import type { BrowseState } from './browse-state.ts';
import { NOWHERE, importance } from './columns.ts';
import type { Columns } from './columns.ts';
import { rangeNames, within } from './ranges.ts';

/** Features of less density are ultralow. */
const ULTRALOW = 1e-6;

/** All features in the order that is asked for; ties by index. */
export function ranking(columns: Columns, { order, seed, reverse }: BrowseState): Uint32Array {
  const { features } = columns;
  const indices = Uint32Array.from({ length: features }, (_, index) => index);
  const keys = new Float64Array(features);
  for (let index = 0; index < features; index++) keys[index] = keyOf(columns, order, seed, index);
  const sign = reverse ? -1 : 1;
  if (order === 'index' && !reverse) return indices;
  return indices.sort((a, b) => sign * (keys[a]! - keys[b]!) || a - b);
}

/** What features are sorted by, smallest first. */
function keyOf(columns: Columns, order: string, seed: number, index: number): number {
  switch (order) {
    case 'density':
      return -columns.active[index]!;
    case 'importance':
      return -importance(columns, index);
    case 'domain':
      return columns.domain[index] ?? NOWHERE;
    case 'cluster': {
      const place = columns.order?.[index] ?? -1;
      return place < 0 ? Infinity : place;
    }
    case 'random':
      return scrambled(index, seed);
    default:
      // By the column of that name, the largest first; where there is none, by index.
      return -(columns[order as 'max']?.[index] ?? -index);
  }
}

/** A number for an index and a seed that looks drawn (the finisher of MurmurHash3). */
function scrambled(index: number, seed: number): number {
  let mixed = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Whether a feature is of a kind that can be shown alone. */
export function isOfKind(columns: Columns, kind: string, index: number): boolean {
  const active = columns.active[index]!;
  switch (kind) {
    case 'live':
      return active > 0;
    case 'dead':
      return active === 0;
    case 'ultralow':
      return active > 0 && active / columns.evaluationTokens < ULTRALOW;
    case 'dense':
      return isDense(active, columns.evaluationTokens);
    case 'single':
      return columns.single?.[index] === 1;
    default:
      return true;
  }
}

/** Marks the features that pass every filter but the search, 1 for each that does. */
export function passing(columns: Columns, state: BrowseState, seen: (index: number) => boolean): Uint8Array {
  const marks = new Uint8Array(columns.features);
  const domain = columns.domains.indexOf(state.domain);
  const limits = rangeNames
    .filter((name) => state[name] !== '')
    .map((name) => within(columns, name, state[name]));
  for (let index = 0; index < marks.length; index++) {
    if (state.domain !== '' && columns.domain[index] !== domain) continue;
    if (state.cluster >= 0 && columns.cluster?.[index] !== state.cluster) continue;
    if (state.seen && !seen(index)) continue;
    if (!limits.every((holds) => holds(index))) continue;
    if (isOfKind(columns, state.show, index)) marks[index] = 1;
  }
  return marks;
}

/**
 * A test of texts: contains, whatever the case; or a regular expression, by its own rules.
 *
 * @throws {SyntaxError} when the regular expression is none
 */
export function matcher({ text, regex }: BrowseState): (candidate: string) => boolean {
  if (regex) {
    const expression = new RegExp(text, 'u');
    return (candidate) => expression.test(candidate);
  }
  const wanted = text.toLowerCase();
  return (candidate) => candidate.toLowerCase().includes(wanted);
}
