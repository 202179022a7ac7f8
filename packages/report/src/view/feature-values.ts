import { spanOf, shownItems } from './example-groups.ts';
import type { Reach, ShownGroup } from './example-groups.ts';
import { beyond, toldUnits } from './line.ts';
import { bytesText } from './token-html.ts';
import { short, unitValues } from './unit-values.ts';
import type { Vocabulary } from './vocabulary.ts';

/** What tooltips of a feature's page tell: the page itself has no room for it. */
export interface FeatureValues {
  /** The histogram of its activations: active tokens in equal bins from 0 to the largest. */
  counts: number[];
  /** Tokens that logits refer to, as text. */
  names: string[];
  /**
   * By the order of the lines on the page: the source, the parts of each unit that is an element of the line, and the
   * HTML of what the record has before and after it.
   */
  lines: [source: string, units: Part[][], before: string, after: string][];
}

/**
 * One token: its id, its activation and, where there are any, the change of the loss of predicting it, and the logits
 * that rise and fall most then, each a place in `names` followed by the change.
 */
export type Part = (number | number[])[];

/**
 * The values of several features as a script that hands them to their pages: fetch is forbidden to a page opened from
 * a folder.
 *
 * @param values of each feature by its index, as {@link featureValues} gives them
 */
export function valuesScript(values: ReadonlyMap<number, string>): string {
  return `monosemaValues({${[...values].map(([index, json]) => `"${index}":${json}`).join()}})\n`;
}

/**
 * The values of all examples on a page as JSON, written directly, for these are most of the bytes of a site.
 *
 * @param counts of the histogram of activations
 */
export function featureValues(
  vocabulary: Vocabulary,
  counts: readonly number[],
  groups: readonly ShownGroup[],
  reach: Reach,
): string {
  const places = new Map<number, number>();
  const list = (changes: readonly { token: number; change: number }[]): string =>
    `,[${changes
      .map(({ token, change }) => {
        const place = places.get(token) ?? places.size;
        places.set(token, place);
        return `${place},${short(change)}`;
      })
      .join()}]`;
  const lines = groups.flatMap((group) =>
    shownItems(group, reach).map(({ line }) => {
      const { example } = line;
      const logits = (at: number): string => {
        const changes = example.logitChanges?.[at];
        return changes ? list(changes.risen) + list(changes.fallen) : '';
      };
      const span = spanOf(group, reach);
      const units = toldUnits(line, span).map((unit) => unitValues(example, unit, logits));
      const [before, after] = beyond(line, span).map((html) => JSON.stringify(html));
      return `[${JSON.stringify(example.document)},[${units.join()}],${before},${after}]`;
    }),
  );
  const names = [...places.keys()].map((token) => JSON.stringify(bytesText(vocabulary.glyph(token).bytes)));
  return `{"counts":[${counts.join()}],"names":[${names.join()}],"lines":[${lines.join()}]}`;
}
