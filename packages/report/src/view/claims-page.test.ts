import { expect, test } from 'vitest';
import { figureValue } from './claims-page.ts';

test('a figure has the digits that it can bear: counts all, measurements three', () => {
  expect([1986, 24.83, 0.7219, 631.4, 12_229.4, 4990.2].map((value) => figureValue(value, ''))).toEqual([
    '1,986',
    '24.8',
    '0.722',
    '631',
    '12,200',
    '4,990',
  ]);
  expect(figureValue(13.2, 'times')).toBe('13.2 times');
  expect(figureValue(null, '%')).toContain('n/a');
});
