import { describe, expect, it } from 'vitest';
import { duration, fileSize, shortNumber } from './format.ts';

describe('duration', () => {
  it.each([
    [0.04, '0.0s'],
    [9.94, '9.9s'],
    [59.4, '59s'],
    [59.6, '1m00s'],
    [862, '14m22s'],
    [3599.6, '1h00m'],
    [11_100, '3h05m'],
  ])('of %d seconds is %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe('fileSize and shortNumber', () => {
  it('keep three digits or fewer', () => {
    expect([0, 999, 1000, 2_438_870, 7.2e9].map(fileSize)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '2.4 MB',
      '7.2 GB',
    ]);
    expect([7, 1840, 1_840_000].map(shortNumber)).toEqual(['7', '1.84K', '1.84M']);
  });
});
