import { deflateRawSync } from 'node:zlib';
import type { Reach } from './example-lines.ts';

/** What a feature's page may weigh: bytes of its HTML, as they are and compressed. */
export const PAGE_BUDGET = { raw: 25_000, compressed: 8_000 } as const;

/** From the widest to the narrowest: what a page tries until it keeps its budget. */
const REACHES: readonly Reach[] = [
  { top: 9, others: 6, examples: 5 },
  { top: 7, others: 4, examples: 5 },
  { top: 7, others: 3, examples: 5 },
  { top: 6, others: 4, examples: 3 },
  { top: 4, others: 2, examples: 3 },
  { top: 3, others: 2, examples: 2 },
  { top: 1, others: 1, examples: 1 },
];

/** Smaller pages compress below the budget whatever they say: half of a page is markup, which shrinks tenfold. */
const SURE = 18_000;

/**
 * The largest rendering that keeps the budget of a page, or the smallest there is.
 *
 * @param around bytes that the layout adds
 */
export function fitting<T extends { html: string }>(render: (reach: Reach) => T, around: number): T {
  let made: T | undefined;
  for (const reach of REACHES) {
    made = render(reach);
    if (fits(made.html, around)) return made;
  }
  if (!made) throw new Error('internal: a page has no rendering');
  return made;
}

function fits(html: string, around: number): boolean {
  const raw = Buffer.byteLength(html) + around;
  if (raw > PAGE_BUDGET.raw) return false;
  // The fastest level gives somewhat more than the one that servers use.
  return raw < SURE || deflateRawSync(html, { level: 1 }).length + around / 3 <= PAGE_BUDGET.compressed;
}
