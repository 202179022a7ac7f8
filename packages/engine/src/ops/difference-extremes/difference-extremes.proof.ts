import { checkKernel, defineProof, equalTo, sample, seededRandom } from '../../testing/index.ts';
import type { DifferenceItem } from '../difference-cross-entropy/difference-cross-entropy.reference.ts';
import { differenceExtremes } from './difference-extremes.ts';
import { differenceExtremesReference, differenceExtremesRoundings } from './difference-extremes.reference.ts';

const EPSILON = 1e-5;
/** Items that differ; of more, these come again. */
const DISTINCT = 16;

export const proofs = [
  defineProof({
    claim:
      'changes of %i items by multiples of directions (D %i), and the ends of them (V %i), agree with float64',
    // Widths around the lanes, and vocabularies around the ends that are kept and what is read in a turn.
    tiles: [4, 5, 8, 32],
    sizes: [
      [1, 1, 1],
      [3, 5, 7],
      [2, 3, 4],
      [5, 4, 31],
      [2, 7, 32],
      [4, 8, 33],
      [3, 9, 6],
      [2, 67, 132],
      [6, 31, 5],
    ],
    folded: [65_552, 2, 3],
    largest: [20, 100, 300],
    byClass: true,
    spread: false,
    async check(gpu, count: number, width: number, vocabulary: number) {
      const random = seededRandom(width * 1000 + vocabulary);
      const [rows, directions] = [5, 4];
      const normal = (...shape: number[]) => sample(shape, random.normal);
      const inputs = {
        rows: sample([rows, width], () => random.normal() + 0.5),
        directions: centred(normal(directions, width).values, width),
        rowLogits: normal(rows, vocabulary),
        directionLogits: normal(directions, vocabulary),
      };
      // Some amounts are nothing, so that every change is 0 and the lowest tokens come first; some turn the row over.
      const items: DifferenceItem[] = Array.from({ length: Math.min(count, DISTINCT) }, (_, i) => ({
        row: random.below(rows),
        target: random.below(vocabulary),
        direction: random.below(directions),
        amount: Math.fround(random.uniform(0, [0, 1, 1, 30][i % 4]!)),
      }));
      const arrays = {
        rows: inputs.rows.values,
        directions: inputs.directions.values,
        rowLogits: inputs.rowLogits.values,
        directionLogits: inputs.directionLogits.values,
      };
      const { changes, tokens } = differenceExtremesReference(arrays, items, width, EPSILON);
      const repeated = Array.from({ length: count }, (_, i) => items[i % items.length]!);
      return checkKernel(gpu, {
        inputs: { ...inputs, items: { shape: [count, 4], values: pack(repeated) } },
        record: (p, v) => differenceExtremes(p, { ...v, count: p.scalar('count') }, EPSILON),
        scalars: { count },
        want: {
          changes: { reference: changes, roundings: differenceExtremesRoundings(width) },
          tokens: equalTo(tokens),
        },
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

/** Items as the kernel reads them. */
function pack(items: readonly DifferenceItem[]): Uint32Array {
  const words = new Uint32Array(items.length * 4);
  const floats = new Float32Array(words.buffer);
  items.forEach(({ row, target, direction, amount }, i) => {
    words.set([row, target, direction], 4 * i);
    floats[4 * i + 3] = amount;
  });
  return words;
}
