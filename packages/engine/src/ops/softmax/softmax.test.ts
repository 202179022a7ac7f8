import { expect, test } from 'vitest';
import { checkGradient, sample, seededRandom } from '../../testing/index.ts';
import { softmaxReference } from './softmax.reference.ts';

test.each([
  [3, 5, 1],
  [4, 2, 2],
  [7, 7, 7],
  [6, 7, 3],
  [1, 1, 1],
])(
  'the gradient of a softmax of (%i,%i), causal in matrices of %i rows, agrees with central differences',
  (rows, width, height) => {
    const { normal } = seededRandom(1);
    checkGradient(softmaxReference(rows, width, height), { x: sample([rows, width], normal) });
  },
);

test('each row sums to one, and a causal row only over what it sees', () => {
  const x = sample([6, 3], seededRandom(2).normal).values;
  for (const causal of [false, true]) {
    const y = softmaxReference(6, 3, causal ? 3 : 1).forward({ x }).values;
    for (let n = 0; n < 6; n++) {
      const row = y.subarray(n * 3, n * 3 + 3);
      expect(row[0]! + row[1]! + row[2]!).toBeCloseTo(1, 14);
      expect([...row].map((p) => p > 0)).toEqual([true, !causal || n % 3 > 0, !causal || n % 3 > 1]);
    }
  }
});
