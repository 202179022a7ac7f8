import type { Example, ExampleGroup } from '@monosema/trainer/records';
import { told, toldUnits, unitValues } from './example-lines.ts';
import { bytesText } from './token-html.ts';
import type { Unit, Vocabulary } from './vocabulary.ts';

/** File of a feature's values, beside its page. */
export const valuesFile = (index: number): string => `${index}.js`;

/** Logits that rise or fall most: places in `names`, each followed by its change. */
type Logits = number[];

/** Values of one token: id, activation, change of the loss where there is one, logits that rise and that fall. */
type Part = (number | Logits)[];

/** What the tooltips of a feature's page tell. The page itself has no room for it. */
export interface FeatureValues {
  /** Tokens that logits refer to, as text. */
  names: string[];
  /** By the order of the lines on the page: the source, and the parts of each unit that is an element of the line. */
  lines: { source: string; units: Part[][] }[];
}

/** Collects the values of all examples on a page. @param groups as the page shows them */
export function featureValues(vocabulary: Vocabulary, groups: readonly ExampleGroup[]): FeatureValues {
  const places = new Map<number, number>();
  const logits = (changes: readonly { token: number; change: number }[]): Logits =>
    changes.flatMap(({ token, change }) => {
      const place = places.get(token) ?? places.size;
      places.set(token, place);
      return [place, told(change)];
    });
  const parts = (example: Example, unit: Unit): Part[] =>
    unitValues(example, unit).map((values, i) => {
      const changes = example.logitChanges?.[unit.from + i];
      return changes ? [...values, logits(changes.risen), logits(changes.fallen)] : values;
    });
  const lines = groups.flatMap(({ examples }) =>
    examples.map((example) => ({
      source: example.document,
      units: toldUnits(vocabulary, example).map((unit) => parts(example, unit)),
    })),
  );
  const names = [...places.keys()].map((token) => bytesText(vocabulary.glyph(token).bytes));
  return { names, lines };
}

/** The values as a script that hands them to the page: fetch is forbidden to a page opened from a folder. */
export function valuesScript(values: FeatureValues): string {
  return `monosemaValues(${JSON.stringify(values)})\n`;
}
