import { checkKernel, defineProof, repeating, ROW_SIZES, sample, seededRandom } from '../../testing/index.ts';
import { subtractRow } from './subtract-row.ts';
import { subtractRowReference } from './subtract-row.reference.ts';

export const proofs = [
  defineProof({
    claim: 'a vector taken from the rows of (%i,%i) agrees with float64',
    tiles: [4, 64],
    sizes: ROW_SIZES,
    folded: [65_537, 8],
    largest: [60, 500],
    byClass: false,
    spread: true,
    async check(gpu, rows: number, width: number) {
      const random = seededRandom(rows);
      const x = repeating([rows, width], random.normal);
      const v = sample([width], random.normal);
      const reference = subtractRowReference(x.values, v.values);
      return checkKernel(gpu, {
        inputs: { x, v },
        record: (p, values) => ({ y: subtractRow(p, values.x, values.v, 'y') }),
        want: { y: { reference, roundings: 1 } },
      });
    },
  }),
];
