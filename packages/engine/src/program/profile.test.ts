import { expect, test } from 'vitest';
import { seededRandom } from '../testing/random.ts';
import { countBits } from './profile.ts';

test('bits are counted as writing the numbers out counts them', () => {
  const { below } = seededRandom(5);
  const words = Uint32Array.from([
    0,
    1,
    2 ** 31,
    2 ** 32 - 1,
    ...Array.from({ length: 500 }, () => below(2 ** 32)),
  ]);
  const written = [...words].map((word) => word.toString(2)).join('');
  expect(countBits(words)).toBe(written.replaceAll('0', '').length);
});
