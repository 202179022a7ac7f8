import { addWeight } from './example-groups.ts';
import type { Reach, ShownGroup } from './example-groups.ts';
import type { Weight } from './line.ts';

/** What a feature's page may weigh: bytes of its HTML, as they are and compressed. */
export const PAGE_BUDGET = { raw: 25_000, compressed: 8_000 } as const;

/** From the widest to the narrowest: what a page tries until it keeps its budget. */
export const REACHES: readonly Reach[] = [
  { top: 8, others: 5, topExamples: 10, examples: 5 },
  { top: 7, others: 4, topExamples: 10, examples: 5 },
  { top: 6, others: 3, topExamples: 10, examples: 5 },
  { top: 6, others: 4, topExamples: 8, examples: 3 },
  { top: 8, others: 3, topExamples: 8, examples: 3 },
  { top: 6, others: 3, topExamples: 8, examples: 3 },
  { top: 8, others: 2, topExamples: 8, examples: 3 },
  { top: 6, others: 2, topExamples: 8, examples: 3 },
  { top: 4, others: 2, topExamples: 8, examples: 3 },
  { top: 3, others: 2, topExamples: 5, examples: 2 },
  { top: 1, others: 1, topExamples: 3, examples: 1 },
  { top: 0, others: 0, topExamples: 3, examples: 1 },
];

/**
 * A bound on what a page compresses to: least squares over 1,500 pages of features and neurons of the demo and of
 * made-up records, raised by the largest residual. Compressing instead would take a fifth of the time of a site, and
 * on 2,600 pages of three studies it never let a page show more.
 */
const compressedBound = ({ text, elements, lines }: Weight, rest: number): number =>
  2600 + 3.2 * elements + 0.42 * text + 16 * lines + 0.17 * rest;

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
    const weight: Weight = { bytes: around, text: 0, elements: 0, lines: 0 };
    for (const group of groups) addWeight(weight, group, reach);
    const fits = weight.bytes <= PAGE_BUDGET.raw && compressedBound(weight, around) <= PAGE_BUDGET.compressed;
    if (fits || last) return { reach, html: render(reach) };
  }
  throw new Error('internal: a page has no rendering');
}
