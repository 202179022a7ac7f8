import { checkKernel, defineProof, ROW_SIZES, ROW_TILES, sample, seededRandom } from '../../testing/index.ts';
import { prefixResidual } from './prefix-residual.ts';
import { prefixResidualReference } from './prefix-residual.reference.ts';

const SCALE = 0.375;

export const proofs = [1, 3].map((prefixes) =>
  defineProof({
    claim: `residuals of (%i,%i) after ${prefixes} prefixes agree with float64`,
    tiles: ROW_TILES,
    sizes: ROW_SIZES,
    folded: prefixes === 1 ? null : [65_537, 2],
    largest: [40, 500],
    byClass: true,
    spread: false,
    async check(gpu, rows: number, width: number) {
      const random = seededRandom(rows);
      const inputs = {
        x: sample([rows, width], random.normal),
        reconstructions: sample([prefixes * rows, width], random.normal),
      };
      const parts = { first: rows, groups: Array.from({ length: prefixes }, (_, g) => g + 1) };
      const want = prefixResidualReference(inputs.reconstructions.values, inputs.x.values, width, SCALE);
      return checkKernel(gpu, {
        inputs,
        record: (p, v) => ({ ...prefixResidual(p, v.reconstructions, v.x, parts, SCALE) }),
        want: {
          d: { reference: want.d, roundings: prefixes + 2 },
          // A difference, its square and the sum of all.
          prefixLoss: { reference: want.prefixLoss, roundings: prefixes * width + 4 },
          rowLoss: { reference: want.rowLoss, roundings: width + 4 },
        },
      });
    },
  }),
);
