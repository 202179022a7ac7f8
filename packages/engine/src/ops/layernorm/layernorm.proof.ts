import {
  checkOp,
  defineProof,
  EDGED_SIZES,
  ROW_SIZES,
  ROW_TILES,
  sample,
  seededRandom,
} from '../../testing/index.ts';
import { layernorm } from './layernorm.ts';
import { layernormReference } from './layernorm.reference.ts';

export const proofs = [
  defineProof({
    claim: 'layernorm of (%i,%i) and its gradients agree with float64',
    tiles: ROW_TILES,
    sizes: [...ROW_SIZES, ...EDGED_SIZES],
    folded: [65_537, 8],
    largest: [100, 1500],
    byClass: true,
    spread: true,
    async check(gpu, rows: number, width: number) {
      const random = seededRandom(rows);
      const epsilon = 1e-5;
      return checkOp(gpu, {
        op: layernorm,
        options: () => ({ epsilon }),
        inputs: {
          x: sample([rows, width], () => random.uniform(-1, 2)),
          gain: sample([width], random.normal),
          bias: sample([width], random.normal),
        },
        reference: layernormReference(rows, width, epsilon),
      });
    },
  }),
];
