import { expect, test } from 'vitest';
import { changedKeys } from './changed-keys.ts';

test('keys that differ are named by their paths, whatever the order of keys', () => {
  expect(
    changedKeys(
      { adam: { beta1: 0.9, beta2: 0.9 }, list: [{ id: 'A/0' }, { id: 'A/1', k: 4 }], import: null },
      { import: null, list: [{ id: 'A/0' }, { id: 'A/1', k: 8 }], adam: { beta2: 0.99, beta1: 0.9 } },
    ),
  ).toBe('adam.beta2, list.1.k');
});

test('a key that came or went counts, a list that is another kind is one', () => {
  expect(changedKeys({ a: 1 }, { b: undefined, c: [] })).toBe('a, c');
  expect(changedKeys({ a: [1] }, { a: { 0: 1 } })).toBe('a');
  expect(changedKeys({ a: null }, { a: null })).toBe('');
});

test('of many keys the first three are named', () => {
  expect(changedKeys({}, { a: 1, b: 2, c: 3, d: 4 })).toBe('a, b, c, d');
  expect(changedKeys({}, { a: 1, b: 2, c: 3, d: 4, e: 5 })).toBe('a, b, c and 2 more');
});
