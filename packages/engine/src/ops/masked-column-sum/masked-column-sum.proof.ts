import { checkKernel, defineProof, sample, seededRandom, sparseSample } from '../../testing/index.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { maskedColumnSum } from './masked-column-sum.ts';
import { maskedColumnSumReference } from './masked-column-sum.reference.ts';

export const proofs = [
  defineProof({
    claim: 'sums over the marked rows of (%i,%i) agree with float64',
    // A word of rows, a summary word of 32 words, and the threads of a workgroup.
    tiles: [32, 64, 1024],
    sizes: [
      [1, 1],
      [7, 31],
      [31, 63],
      [32, 64],
      [33, 65],
      [1023, 3],
      [1024, 2],
      [1025, 5],
    ],
    folded: [1, 65_537 * 64],
    largest: [1500, 200],
    byClass: false,
    spread: false,
    async check(gpu, rows: number, features: number) {
      const random = seededRandom(rows);
      const marker = sparseSample(random, [rows, features]);
      // What is not marked may hold anything, as it does after a sampled product, and must not be read.
      const marked = () =>
        sample([rows, features], (i) => (marker.values[i]! > 0 ? random.uniform(-1, 1) : NaN));
      const [f, h] = [marked(), marked()];
      const sums = maskedColumnSumReference(f.values, h.values, marker.values, features);
      // A product and at most B sums; counts are whole.
      const roundings = rows + 1;
      return checkKernel(gpu, {
        inputs: { f, h, marker },
        record: (p, v) => ({ ...maskedColumnSum(p, v.f, v.h, activeMask(p, v.marker)) }),
        want: {
          sumF: { reference: sums.sumF, roundings },
          sumH: { reference: sums.sumH, roundings },
          sumFH: { reference: sums.sumFH, roundings },
          count: { reference: sums.count, roundings: 0 },
        },
      });
    },
  }),
];
