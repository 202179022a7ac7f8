import { expect, test } from 'vitest';
import {
  counted,
  duration,
  fixed,
  integer,
  percent,
  percentTick,
  share,
  significant,
  signed,
  size,
} from './number.ts';

test('what does not exist is n/a, never 0', () => {
  for (const format of [significant, percent, share, signed]) expect(format(null)).toBe('n/a');
  expect(significant(Number.NaN)).toBe('n/a');
  expect(significant(0)).toBe('0');
});

test('numbers keep three significant digits at any size', () => {
  expect(
    [1234, 12.345, 99.98, 0.09999, 0.012345, -0.5, 0.0000123, 1.5e7].map((value) => significant(value)),
  ).toEqual(['1234', '12.3', '100', '0.100', '0.0123', '−0.500', '1.23e−5', '1.50e7']);
});

test('signs, shares, sizes and times read as people write them', () => {
  expect(signed(0.424)).toBe('+0.42');
  expect(signed(-0.001)).toBe('0.00');
  expect(percent(0.00123)).toBe('0.123\u202f%');
  expect([fixed(-0.001, 2), fixed(-0.01, 2)]).toEqual(['0.00', '−0.01']);
  expect([1, 2, 1200].map((count) => counted(count, 'token'))).toEqual([
    '1 token',
    '2 tokens',
    '1,200 tokens',
  ]);
  expect(integer(-12345)).toBe('−12,345');
  expect(size(2_400_000)).toBe('2.40 MB');
  expect(duration(75)).toBe('1 min 15 s');
});

test('a share says no more than its few tokens know, and nothing is not next to nothing', () => {
  expect([0, 1 / 1024, 0.0004, 0.0833, 0.9996, 1].map(share)).toEqual([
    '0\u202f%',
    '0.1\u202f%',
    '&lt;0.1\u202f%',
    '8.3\u202f%',
    '100\u202f%',
    '100\u202f%',
  ]);
  expect([0, 0.02, 0.005, 1].map(percentTick)).toEqual(['0\u202f%', '2\u202f%', '0.5\u202f%', '100\u202f%']);
});
