// What a page of the peers shows of a record: the examples, windows and lists of our short and whole pages.
import { openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { openRecords } from '@monosema/trainer/records';
import type { ExampleGroup, FeatureRecord, Histogram } from '@monosema/trainer/records';

const root = process.env['RECORDS'] ?? '';
const bytes = openRecords(root)
  .vocabulary()
  .tokens.map((token) => Buffer.from(token, 'base64'));

/** Records as lines of JSON with the place of each: what a page of these generators reads fastest. */
const descriptor = openSync(join(root, 'features.ndjson'), 'r');
const places = JSON.parse(readFileSync(join(root, 'places.json'), 'utf8')) as number[];
export const FEATURES = places.length - 1;

/** One record, as its page needs it. */
export function featureAt(index: number): FeatureRecord {
  const from = places[index] ?? 0;
  const line = Buffer.alloc((places[index + 1] ?? from) - from);
  readSync(descriptor, line, 0, line.length, from);
  return JSON.parse(line.toString()) as FeatureRecord;
}

/** A token as text; what is no UTF-8 is lost, as in pages that decode token by token. */
export const text = (token: number): string => bytes[token]?.toString() ?? '';

export interface Token {
  text: string;
  level: number;
  title: string;
}

/** Groups with the tokens that our pages show. */
export function groupsOf(
  feature: FeatureRecord,
): { name: string; examples: { activation: string; tokens: Token[] }[] }[] {
  return feature.exampleGroups.map((group: ExampleGroup) => ({
    name: group.level === null ? group.kind : `${group.kind} ${group.level}`,
    examples: group.examples.slice(0, group.kind === 'top' ? 10 : 5).map((example) => {
      const reach = group.kind === 'top' ? 9 : 6;
      const from = Math.max(0, example.at - reach);
      const shown = example.tokens.slice(from, example.at + reach + 1);
      return {
        activation: (example.activations[example.at] ?? 0).toPrecision(3),
        tokens: shown.map((token, i) => {
          const activation = example.activations[from + i] ?? 0;
          const change = example.lossChange[from + i];
          return {
            text: text(token),
            level: Math.ceil((10 * activation) / feature.maxActivation),
            title: `token ${token}, activation ${activation}, loss ${change ?? 'n/a'}`,
          };
        }),
      };
    }),
  }));
}

/** Bars of a histogram, 0 to 1. */
export const barsOf = ({ counts }: Histogram): number[] => {
  const most = Math.max(1, ...counts);
  return counts.map((count) => count / most);
};
