import { expect, test } from 'vitest';
import { checkGradient, sample, seededRandom } from '../../testing/index.ts';
import { prefixResidualReference } from './prefix-residual.reference.ts';

const [GROUPS, ROWS, WIDTH] = [3, 2, 2];
const SIZE = ROWS * WIDTH;

/** What the groups up to each one add up to. */
function nested(additions: Float64Array): Float64Array {
  const sums = additions.slice();
  for (let i = SIZE; i < sums.length; i++) sums[i]! += sums[i - SIZE]!;
  return sums;
}

test('the gradient of all prefix errors by what each group adds agrees with central differences', () => {
  const random = seededRandom(1);
  const x = sample([ROWS, WIDTH], random.normal).values;
  const at = (additions: Float64Array) => prefixResidualReference(nested(additions), x, WIDTH, 2 / GROUPS);
  checkGradient(
    {
      forward: ({ additions }) => at(additions).prefixLoss,
      backward({ additions }, cotangent) {
        const { values, terms } = at(additions).d;
        const row = (i: number): number => Math.floor((i % SIZE) / WIDTH);
        return { additions: { values: values.map((value, i) => cotangent[row(i)]! * value), terms } };
      },
    },
    { additions: sample([GROUPS, ROWS, WIDTH], random.normal) },
  );
});

test('errors are squared distances, over all prefixes and of the last', () => {
  const reconstructions = Float64Array.of(0.4, 0.1, 0.7, -0.8, 0.9, -0.2);
  const { prefixLoss, rowLoss } = prefixResidualReference(reconstructions, Float64Array.of(1, -2), 2, 1);
  expect(prefixLoss.values[0]).toBeCloseTo(
    (0.6 ** 2 + 2.1 ** 2 + 0.3 ** 2 + 1.2 ** 2 + 0.1 ** 2 + 1.8 ** 2) / 3,
    12,
  );
  expect(rowLoss.values[0]).toBeCloseTo(0.1 ** 2 + 1.8 ** 2, 12);
});
