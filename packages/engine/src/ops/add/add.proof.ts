import { checkOp, COUNT_TILES, COUNTS, defineProof, repeating, seededRandom } from '../../testing/index.ts';
import { add } from './add.ts';
import { addReference } from './add.reference.ts';

export const proofs = [
  defineProof({
    claim: 'a sum of %i elements agrees with float64',
    tiles: COUNT_TILES,
    sizes: COUNTS,
    folded: [65_536 * 4 + 5],
    largest: [5000],
    byClass: false,
    spread: true,
    async check(gpu, size: number) {
      const random = seededRandom(size);
      const inputs = { a: repeating([size], random.normal), b: repeating([size], random.normal) };
      const reference = addReference(inputs.a.values.length);
      return checkOp(gpu, { op: add, options: () => ({}), inputs, reference });
    },
  }),
];
