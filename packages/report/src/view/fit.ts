import { gzipSync } from 'node:zlib';
import { addWeight } from './example-groups.ts';
import type { Reach, ShownGroup } from './example-groups.ts';
import type { Weight } from './line.ts';

/** What a feature's page may weigh: bytes of its HTML, as they are and compressed, and elements. */
export const PAGE_BUDGET = { raw: 25_000, compressed: 8_000, elements: 1_600 } as const;

/** Elements of the budget that are left to scripts: buttons, the tooltip, signs in the text that they add to lines. */
const FOR_SCRIPTS = 80;

const reach = (
  [before, after]: [number, number],
  [othersBefore, othersAfter]: [number, number],
  topExamples = 10,
  examples = 5,
): Reach => ({
  top: { before, after },
  others: { before: othersBefore, after: othersAfter },
  topExamples,
  examples,
});

/**
 * From the widest to the narrowest: what a page tries until it keeps its budget. More is shown of what comes before a
 * token, which is all that the feature has seen, than of what comes after it.
 */
export const REACHES: readonly Reach[] = [
  reach([11, 7], [10, 6]),
  reach([10, 6], [9, 5]),
  reach([9, 6], [8, 5]),
  reach([8, 6], [7, 5]),
  reach([8, 5], [7, 4]),
  reach([8, 4], [6, 4]),
  reach([7, 4], [6, 3]),
  reach([7, 4], [5, 3]),
  reach([6, 3], [4, 3]),
  reach([6, 3], [4, 2]),
  reach([5, 2], [3, 2]),
  reach([4, 2], [2, 2]),
  reach([4, 2], [2, 1], 8),
  reach([4, 2], [2, 1], 5),
  reach([2, 1], [1, 1], 5),
  reach([0, 0], [0, 0], 5),
  reach([3, 2], [2, 1], 5, 3),
  reach([1, 1], [1, 1], 3, 1),
  reach([0, 0], [0, 0], 3, 1),
];

/** The narrowest that is taken without asking whether the page would bear more. */
const DECENT = REACHES.findIndex(({ others }) => others.before < 5);

/**
 * About what a page compresses to at most: least squares over 1,500 pages of features and neurons of the demo and of
 * made-up records, raised by the largest residual. In the mean it is 1,200 bytes too high. Text in other scripts than
 * Latin compresses less: of 5,900 pages of a study of 34 domains seven exceeded it, by 160 bytes at most.
 */
const compressedBound = ({ text, elements, lines }: Weight, rest: number): number =>
  2600 + 3.2 * elements + 0.42 * text + 16 * lines + 0.17 * rest;
const EXCESS = 1200;
/** A page is in doubt so far below its budget, if so many of its bytes are those of characters that take several. */
const DOUBT = { below: 400, foreign: 600 };

/** By how much a page compresses to less when it shows less, about: least squares over neighbouring reaches of 120 pages. */
const saved = (from: Weight, to: Weight): number =>
  1.8 * (from.elements - to.elements) + 0.43 * (from.text - to.text);

/** The share of its bytes that what is around the body compresses to, at most; 0.37 to 0.40 on the demo's pages. */
const SHELL_SHARE = 0.45;

/** Bytes that a page compresses to beyond its budget. */
const overBudget = (html: string, outside: number): number =>
  gzipSync(html).length + SHELL_SHARE * outside - PAGE_BUDGET.compressed;

/**
 * The widest reach with which a page keeps its budget, and the page; the narrowest when none does. By the bound, unless
 * that leaves lines short or is in doubt: then pages are compressed, which takes a third of the time of rendering one.
 *
 * @param render the body of the page
 * @param around bytes of everything but the examples
 * @param outside bytes of these that are not in the body
 * @param nodes elements of everything but the examples
 */
export function fitting(
  groups: readonly ShownGroup[],
  render: (reach: Reach) => string,
  { around, outside, nodes }: { around: number; outside: number; nodes: number },
): { reach: Reach; html: string } {
  const weights: Weight[] = [];
  const weigh = (i: number): Weight => {
    let weight = weights[i];
    if (!weight) {
      weight = weights[i] = { bytes: around, text: 0, elements: 0, lines: 0, nodes };
      for (const group of groups) addWeight(weight, group, REACHES[i]!);
    }
    return weight;
  };
  const last = REACHES.length - 1;
  const isSmall = (i: number): boolean =>
    weigh(i).bytes <= PAGE_BUDGET.raw && weigh(i).nodes <= PAGE_BUDGET.elements - FOR_SCRIPTS;
  const bound = (i: number): number => compressedBound(weigh(i), around);
  let fit = 0;
  while (fit < last && !(isSmall(fit) && bound(fit) <= PAGE_BUDGET.compressed)) fit++;
  let i = DECENT;
  while (i < fit && !(isSmall(i) && bound(i) <= PAGE_BUDGET.compressed + EXCESS)) i++;
  while (i < fit) {
    const html = render(REACHES[i]!);
    const over = overBudget(html, outside);
    if (over <= 0) return { reach: REACHES[i]!, html };
    const tried = weigh(i++);
    while (i < fit && saved(tried, weigh(i)) < over) i++;
  }
  let html = render(REACHES[fit]!);
  const inDoubt = (): boolean =>
    bound(fit) > PAGE_BUDGET.compressed - DOUBT.below &&
    Buffer.byteLength(html) - html.length > DOUBT.foreign;
  while (fit < last && inDoubt() && overBudget(html, outside) > 0) html = render(REACHES[++fit]!);
  return { reach: REACHES[fit]!, html };
}
