import { describe, expect, test } from 'vitest';
import { Contexts, batchIndices, contextOrder, type TokenSource } from './contexts.ts';

const source = (length: number): TokenSource => ({
  length,
  read: (start, count) => Uint32Array.from({ length: count }, (_, i) => start + i),
});

describe('Contexts', () => {
  test('predict every token but the first exactly once, as far as whole contexts go', () => {
    for (const length of [5, 8, 9, 10, 13, 100]) {
      const contexts = new Contexts(source(length), 4, 'corpus');
      const targets = Array.from({ length: contexts.count }, (_, i) => [...contexts.read(i)].slice(1)).flat();
      expect(targets).toEqual(Array.from({ length: contexts.count * 4 }, (_, i) => i + 1));
      expect(length - 1 - targets.length).toBeLessThan(4);
    }
  });

  test('come in batches, row by row', () => {
    const contexts = new Contexts(source(100), 3, 'corpus');
    expect(contexts.readBatch([2, 0])).toEqual(Uint32Array.of(6, 7, 8, 9, 0, 1, 2, 3));
  });

  test('refuse a text too short for one, with both numbers and what to do', () => {
    expect(() => new Contexts(source(64), 64, 'training text')).toThrow(
      'training text: expected at least 65 tokens (a context of 64 and the token after it), got 64; add text, or choose a shorter context',
    );
    expect(() => new Contexts(source(0), 1, 'x')).toThrow('got 0');
    expect(new Contexts(source(65), 64, 'x').count).toBe(1);
  });
});

const all = (count: number, seed: number, epoch = 0): number[] => {
  const order = contextOrder(count, seed, epoch);
  return Array.from({ length: count }, (_, place) => order(place));
};

describe('contextOrder', () => {
  test('gives every context one place, for any count', () => {
    for (const count of [1, 2, 3, 4, 5, 16, 17, 63, 64, 65, 1000, 4097])
      expect(all(count, 7).toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  });

  test('depends on seed and epoch and on nothing else', () => {
    expect(all(1000, 1, 2)).toEqual(all(1000, 1, 2));
    const orders = [all(1000, 1, 2), all(1000, 1, 3), all(1000, 2, 2), all(1000, 0), all(1000, 2 ** 40)];
    expect(new Set(orders.map(String)).size).toBe(5);
    for (const a of orders)
      for (const b of orders)
        if (a !== b) expect(a.filter((context, place) => context === b[place]).length).toBeLessThan(10);
  });

  test('looks shuffled: no run of neighbours, no drift, all places equally likely', () => {
    const count = 20_000;
    const order = all(count, 3);
    const steps = order.slice(1).map((context, i) => context - (order[i] ?? 0));
    expect(steps.filter((step) => Math.abs(step) === 1).length).toBeLessThan(12);
    // Spearman's correlation with the identity has standard deviation 1/sqrt(count) = 0.007.
    const squares = order.reduce((sum, context, place) => sum + (context - place) ** 2, 0);
    expect(Math.abs(1 - (6 * squares) / (count * (count ** 2 - 1)))).toBeLessThan(0.03);
    const firsts = Array.from({ length: 10 }, () => 0);
    for (let seed = 0; seed < 5000; seed += 1) firsts[contextOrder(10, seed)(0)]! += 1;
    // Each 500, with standard deviation 21.
    for (const times of firsts) expect(Math.abs(times - 500)).toBeLessThan(110);
  });

  test('needs no memory for more contexts than memory could hold', () => {
    const order = contextOrder(2 ** 45 + 3, 1);
    const places = [0, 1, 2, 2 ** 45, 12_345_678_901].map(order);
    expect(new Set(places).size).toBe(5);
    for (const place of places) expect(Number.isSafeInteger(place) && place < 2 ** 45 + 3).toBe(true);
    expect(Math.max(...places)).toBeGreaterThan(2 ** 40);
  });
});

describe('batchIndices', () => {
  test('takes every context once an epoch, across batches that straddle two', () => {
    const indices = batchIndices(10, 4, 5);
    const taken = Array.from({ length: 5 }, (_, step) => indices(step)).flat();
    expect(taken.slice(0, 10)).toEqual(all(10, 5, 0));
    expect(taken.slice(10)).toEqual(all(10, 5, 1));
  });

  test('gives a step the same contexts whatever steps came before', () => {
    const straight = batchIndices(10, 4, 5);
    const expected = Array.from({ length: 9 }, (_, step) => straight(step));
    const jumping = batchIndices(10, 4, 5);
    for (const step of [8, 0, 7, 2, 2, 5]) expect(jumping(step)).toEqual(expected[step]);
  });
});
