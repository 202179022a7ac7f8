import { checkKernel, defineProof, sample, seededRandom } from '../../testing/index.ts';
import { differenceCrossEntropy } from './difference-cross-entropy.ts';
import {
  differenceCrossEntropyReference,
  differenceCrossEntropyRoundings,
  type DifferenceItem,
} from './difference-cross-entropy.reference.ts';

const EPSILON = 1e-5;

export const proofs = [
  defineProof({
    claim: 'losses of %i heads of multiples of directions (D %i) taken from rows (V %i) agree with float64',
    // Widths around the lanes, and vocabularies around what they read in a turn: four columns, or four times four.
    tiles: [4, 8, 32],
    sizes: [
      [1, 1, 1],
      [3, 5, 7],
      [2, 3, 4],
      [5, 4, 31],
      [2, 7, 32],
      [4, 8, 33],
      [3, 9, 16],
      [2, 67, 131],
    ],
    folded: [65_537, 2, 3],
    largest: [20, 100, 300],
    byClass: true,
    spread: false,
    async check(gpu, heads: number, width: number, vocabulary: number) {
      const random = seededRandom(vocabulary);
      const [rows, directions] = [5, 4];
      const normal = (...shape: number[]) => sample(shape, random.normal);
      const inputs = {
        rows: sample([rows, width], () => random.normal() + 0.5),
        directions: centred(normal(directions, width).values, width),
        rowLogits: normal(rows, vocabulary),
        directionLogits: normal(directions, vocabulary),
        bias: normal(vocabulary),
      };
      // Some amounts are nothing, and some turn the row over.
      const items: DifferenceItem[] = Array.from({ length: heads }, () => ({
        row: random.below(rows),
        target: random.below(vocabulary),
      })).flatMap((head) =>
        [0, 1, 1, 30].map((size) => ({
          ...head,
          direction: random.below(directions),
          amount: Math.fround(random.uniform(0, size)),
        })),
      );
      const arrays = {
        rows: inputs.rows.values,
        directions: inputs.directions.values,
        rowLogits: inputs.rowLogits.values,
        directionLogits: inputs.directionLogits.values,
        bias: inputs.bias.values,
      };
      const reference = differenceCrossEntropyReference(arrays, items, width, EPSILON);
      return checkKernel(gpu, {
        inputs: { ...inputs, items: { shape: [5 * heads, 2], values: pack(items) } },
        record: (p, v) => ({ loss: differenceCrossEntropy(p, { ...v, count: p.scalar('count') }, EPSILON) }),
        scalars: { count: heads },
        want: { loss: { reference, roundings: differenceCrossEntropyRoundings(width, vocabulary) } },
      });
    },
  }),
];

/** Rows with their mean taken out, as directions must be. */
function centred(values: Float64Array, width: number) {
  const means = Array.from(
    { length: values.length / width },
    (_, row) => values.subarray(row * width, (row + 1) * width).reduce((sum, x) => sum + x, 0) / width,
  );
  return sample([means.length, width], (i) => values[i]! - means[Math.floor(i / width)]!);
}

/** Heads and their four items each, as the kernel reads them. */
function pack(items: readonly DifferenceItem[]): Uint32Array {
  const words = new Uint32Array((items.length / 4) * 10);
  const floats = new Float32Array(words.buffer);
  items.forEach(({ row, target, direction, amount }, i) => {
    const head = 10 * Math.floor(i / 4);
    words[head] = row;
    words[head + 1] = target;
    words[head + 2 + 2 * (i % 4)] = direction;
    floats[head + 3 + 2 * (i % 4)] = amount;
  });
  return words;
}
