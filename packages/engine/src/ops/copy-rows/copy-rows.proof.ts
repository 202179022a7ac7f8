import { checkKernel, defineProof, equalTo, sample, seededRandom } from '../../testing/index.ts';
import { copyRows } from './copy-rows.ts';
import { copyRowsReference } from './copy-rows.reference.ts';

export const proofs = [
  defineProof({
    claim: 'the first half of %i places of width %i is copied and scaled, and no other row changes',
    tiles: [4, 8, 64],
    sizes: [
      [1, 1],
      [7, 3],
      [9, 7],
      [4, 5],
      [63, 1],
      [8, 64],
      [4, 65],
      [67, 132],
    ],
    folded: [65_537, 3],
    largest: [200, 100],
    byClass: true,
    spread: true,
    async check(gpu, rows: number, width: number) {
      const random = seededRandom(width);
      const source = sample([9, width], random.normal);
      const destination = sample([rows + 2, width], () => random.uniform(-1, 1));
      // Every destination row at most once, in an order of its own; source rows again and again.
      const values = Uint32Array.from({ length: 2 * rows }, (_, i) =>
        i % 2 === 0 ? random.below(9) : rows - 1 - (i - 1) / 2,
      );
      const [count, scale] = [Math.ceil(rows / 2), -0.5];
      const want = copyRowsReference(source.values, values, destination.values, width, { count, scale });
      return checkKernel(gpu, {
        inputs: { source, destination, places: { shape: [rows, 2], values } },
        record(p, v) {
          copyRows(p, v.source, v.places, v.destination);
          return { destination: v.destination };
        },
        scalars: { rows: count, scale },
        want: { destination: equalTo(want) },
      });
    },
  }),
];
