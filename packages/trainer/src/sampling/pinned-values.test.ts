import { expect, test } from 'vitest';
import { parsePins } from './parse-pins.ts';
import { pinnedValues } from './pinned-values.ts';

const largest = async (_: string, feature: number): Promise<number> => (feature === 7 ? 0 : 3.5);

test('max is the largest activation of a feature, and nothing is read for a number', async () => {
  expect(await pinnedValues(parsePins(['A/1:3=max', 'A/1:4=-2']), largest)).toEqual([3.5, -2]);
});

test('a feature that never fired has no largest activation to be held at', async () => {
  await expect(pinnedValues(parsePins(['A/1:7=max']), largest)).rejects.toThrow(
    'expected a feature that was active in the analysis, got A/1:7=max',
  );
  expect(await pinnedValues(parsePins(['A/1:7=2']), largest)).toEqual([2]);
});
