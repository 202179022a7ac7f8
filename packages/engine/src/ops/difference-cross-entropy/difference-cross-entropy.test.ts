import { expect, test } from 'vitest';
import { dense, matmulReference } from '../matmul/matmul.reference.ts';
import { transposed } from '../matmul/problem.ts';
import { seededRandom, sample } from '../../testing/index.ts';
import { differenceCrossEntropyReference } from './difference-cross-entropy.reference.ts';

const EPSILON = 1e-5;
const [ROWS, DIRECTIONS, WIDTH, VOCABULARY] = [3, 4, 6, 7];

/** Rows of a matrix with their mean taken out: the part of LayerNorm that an unembedding can absorb. */
function centred(values: Float64Array): Float64Array {
  return values.map((value, i) => {
    const start = i - (i % WIDTH);
    return value - values.subarray(start, start + WIDTH).reduce((sum, x) => sum + x, 0) / WIDTH;
  });
}

const product = (x: Float64Array, w: Float64Array) =>
  matmulReference({
    m: x.length / WIDTH,
    n: w.length / WIDTH,
    k: WIDTH,
    left: dense(x, WIDTH),
    right: transposed(dense(w, WIDTH)),
  }).values;

test('the loss is that of subtracting, normalising and unembedding, the long way', () => {
  const random = seededRandom(1);
  const draw = (...shape: number[]) => sample(shape, random.normal).values;
  const rows = draw(ROWS, WIDTH).map((value) => value + 0.5);
  const directions = centred(draw(DIRECTIONS, WIDTH));
  const w = draw(VOCABULARY, WIDTH);
  const bias = draw(VOCABULARY);
  const items = Array.from({ length: 20 }, (_, i) => ({
    row: i % ROWS,
    target: i % VOCABULARY,
    direction: i % DIRECTIONS,
    amount: i / 4,
  }));
  const { values } = differenceCrossEntropyReference(
    {
      rows,
      directions,
      rowLogits: product(rows, centred(w)),
      directionLogits: product(directions, centred(w)),
      bias,
    },
    items,
    WIDTH,
    EPSILON,
  );
  items.forEach(({ row, target, direction, amount }, i) => {
    const x = rows
      .subarray(row * WIDTH, (row + 1) * WIDTH)
      .map((value, d) => value - amount * directions[direction * WIDTH + d]!);
    const mean = x.reduce((sum, value) => sum + value, 0) / WIDTH;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / WIDTH;
    const logits = product(
      x.map((value) => (value - mean) / Math.sqrt(variance + EPSILON)),
      w,
    ).map((value, v) => value + bias[v]!);
    const loss = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - logits[target]!;
    expect(values[i]).toBeCloseTo(loss, 12);
  });
});
