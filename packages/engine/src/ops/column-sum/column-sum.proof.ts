import { checkKernel, defineProof, sample, seededRandom } from '../../testing/index.ts';
import { columnSum } from './column-sum.ts';
import { columnSumReference, columnSumRoundings } from './column-sum.reference.ts';

export const proofs = [
  defineProof({
    claim: 'column sums of (%i,%i), plain and scaled, agree with float64',
    // Columns go around the 64 threads of a workgroup, in both forms of Column, rows around the 64 of a block; 4,097
    // rows take three passes.
    tiles: [64],
    sizes: [
      [1, 1],
      [7, 3],
      [63, 65],
      [64, 64],
      [65, 63],
      [129, 5],
      [65, 260],
      [3, 3076],
      [4097, 2],
    ],
    folded: [2, 65_537],
    largest: [5000, 200],
    byClass: false,
    spread: true,
    async check(gpu, rows: number, width: number) {
      const random = seededRandom(rows);
      const x = sample([rows, width], () => random.uniform(-1, 1));
      const scale = sample([rows], random.normal);
      const roundings = columnSumRoundings(rows);
      return checkKernel(gpu, {
        inputs: { x, scale },
        record: (p, v) => ({ plain: columnSum(p, v.x), scaled: columnSum(p, v.x, v.scale) }),
        want: {
          plain: { reference: columnSumReference(x.values, width), roundings },
          scaled: { reference: columnSumReference(x.values, width, scale.values), roundings },
        },
      });
    },
  }),
];
