import { deflateRawSync } from 'node:zlib';
import { groupWeight } from './example-groups.ts';
import type { Reach, ShownGroup } from './example-groups.ts';

/** What a feature's page may weigh: bytes of its HTML, as they are and compressed. */
export const PAGE_BUDGET = { raw: 25_000, compressed: 8_000 } as const;

/** From the widest to the narrowest: what a page tries until it keeps its budget. */
export const REACHES: readonly Reach[] = [
  { top: 12, others: 8, topExamples: 10, examples: 5 },
  { top: 9, others: 6, topExamples: 10, examples: 5 },
  { top: 7, others: 5, topExamples: 10, examples: 5 },
  { top: 7, others: 4, topExamples: 10, examples: 5 },
  { top: 6, others: 3, topExamples: 10, examples: 5 },
  { top: 6, others: 4, topExamples: 8, examples: 3 },
  { top: 4, others: 2, topExamples: 8, examples: 3 },
  { top: 3, others: 2, topExamples: 5, examples: 2 },
  { top: 1, others: 1, topExamples: 3, examples: 1 },
];

/** What everything but the examples compresses to at most, on pages of real studies; and of a byte of text. */
const REST = 4_200;
const TEXT = 0.85;

/**
 * The widest reach with which a page keeps its budget, and the page; the narrowest when none does.
 *
 * @param render the body of the page
 * @param around bytes of everything but the examples
 */
export function fitting(
  groups: readonly ShownGroup[],
  render: (reach: Reach) => string,
  around: number,
): { reach: Reach; html: string } {
  for (const [i, reach] of REACHES.entries()) {
    const last = i === REACHES.length - 1;
    let raw = around;
    let text = 0;
    for (const group of groups) {
      const weight = groupWeight(group, reach);
      raw += weight.bytes;
      text += weight.text;
    }
    if (raw > PAGE_BUDGET.raw && !last) continue;
    const html = render(reach);
    if (last || REST + TEXT * text <= PAGE_BUDGET.compressed || compressed(html) <= PAGE_BUDGET.compressed)
      return { reach, html };
  }
  throw new Error('internal: a page has no rendering');
}

/** Compressed bytes of a body with the layout around it. The fastest level gives more than the one servers use. */
const compressed = (html: string): number => deflateRawSync(html, { level: 1 }).length + 1_000;
