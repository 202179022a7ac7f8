import { describe, expect, test } from 'vitest';
import type { Document } from '../text/corpus.ts';
import { sampleEvenly } from './sample-evenly.ts';

async function* documents(
  ...domains: readonly [domain: string, count: number, text: string][]
): AsyncGenerator<Document> {
  for (const [domain, count, text] of domains)
    for (let i = 0; i < count; i += 1)
      yield { id: `${domain}${i}`, domain, text: `${text}${String(i).padStart(6, '0')}` };
}

const bytesWith = (sample: readonly string[], letter: string): number =>
  sample.filter((text) => text.includes(letter)).reduce((sum, text) => sum + Buffer.byteLength(text), 0);

describe('sampleEvenly', () => {
  test('gives domains the same bytes, and what a small one leaves to the others', async () => {
    const sample = await sampleEvenly(
      documents(
        ['large', 5000, 'l'.repeat(94)],
        ['small', 50, 's'.repeat(94)],
        ['long', 60, 'ג'.repeat(9997)],
      ),
      105_000,
      3,
    );
    expect(bytesWith(sample, 's')).toBe(5000);
    expect(bytesWith(sample, 'l')).toBeGreaterThan(45_000);
    expect(bytesWith(sample, 'l')).toBeLessThanOrEqual(54_100);
    expect(bytesWith(sample, 'ג')).toBeGreaterThan(45_000);
    const total = sample.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    expect(total).toBeLessThanOrEqual(105_000);
    expect(total).toBeGreaterThan(100_000);
  });

  test('keeps everything, in order and whole, where everything fits', async () => {
    const text = `${'é'.repeat(5000)}!`;
    const sample = await sampleEvenly(documents(['a', 2, text], ['b', 1, 'x']), 1e6, 0);
    expect(sample.join('')).toBe(`${text}000000${text}000001x000000`);
    expect(Math.max(...sample.map((piece) => Buffer.byteLength(piece)))).toBeLessThanOrEqual(4096);
  });

  test('takes early and late documents with the same chance', async () => {
    const numbers: number[] = [];
    for (let seed = 0; seed < 40; seed += 1) {
      const sample = await sampleEvenly(documents(['a', 1000, 'aaaa'], ['b', 1000, 'bbbb']), 1000, seed);
      numbers.push(...sample.map((text) => Number(text.slice(4))));
    }
    expect(numbers).toHaveLength(4000);
    const early = numbers.filter((number) => number < 500).length;
    // Standard deviation 32.
    expect(Math.abs(early - 2000)).toBeLessThan(130);
  });

  test('is the same for the same seed and another for another', async () => {
    const sampled = async (seed: number) => sampleEvenly(documents(['a', 1000, 'aaaa']), 500, seed);
    expect(await sampled(1)).toEqual(await sampled(1));
    expect(await sampled(1)).not.toEqual(await sampled(2));
  });
});
