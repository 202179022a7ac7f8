import {
  checkKernel,
  defineProof,
  repeating,
  ROW_SIZES,
  ROW_TILES,
  seededRandom,
} from '../../testing/index.ts';
import { residual } from './residual.ts';
import { residualReference } from './residual.reference.ts';

const SCALE = 0.375;

export const proofs = [
  defineProof({
    claim: 'the residual of (%i,%i) agrees with float64',
    tiles: ROW_TILES,
    sizes: ROW_SIZES,
    folded: [65_537, 4],
    largest: [60, 1500],
    byClass: true,
    spread: true,
    async check(gpu, rows: number, width: number) {
      const random = seededRandom(rows);
      const inputs = {
        reconstruction: repeating([rows, width], random.normal),
        x: repeating([rows, width], random.normal),
      };
      const want = residualReference(inputs.reconstruction.values, inputs.x.values, width, SCALE);
      return checkKernel(gpu, {
        inputs,
        record: (p, v) => ({ ...residual(p, v.reconstruction, v.x, SCALE) }),
        want: {
          d: { reference: want.d, roundings: 2 }, // a difference and a product
          rowLoss: { reference: want.rowLoss, roundings: width + 2 }, // twice the difference's error, and D sums
        },
      });
    },
  }),
];
