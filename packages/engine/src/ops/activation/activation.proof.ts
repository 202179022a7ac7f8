import { checkOp, COUNT_TILES, COUNTS, defineProof, repeating, seededRandom } from '../../testing/index.ts';
import { activation, ACTIVATIONS } from './activation.ts';
import { activationReference } from './activation.reference.ts';

export const proofs = ACTIVATIONS.map((kind) =>
  defineProof({
    claim: `${kind} of %i elements and its slope agree with float64`,
    tiles: COUNT_TILES,
    sizes: COUNTS,
    // One kernel for all.
    folded: kind === 'relu' ? [65_536 * 4 + 5] : null,
    largest: [5000],
    byClass: false,
    spread: true,
    async check(gpu, size: number) {
      const random = seededRandom(size);
      const x = repeating([size], () => 3 * random.normal());
      return checkOp(gpu, {
        op: activation,
        options: () => ({ kind }),
        inputs: { x },
        reference: activationReference(kind, x.values.length),
      });
    },
  }),
);
