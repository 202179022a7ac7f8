import { checkOp, defineProof, sample, seededRandom } from '../../testing/index.ts';
import { causalAttention } from './causal-attention.ts';
import { causalAttentionReference } from './causal-attention.reference.ts';

export const proofs = [
  defineProof({
    claim: 'attention of %i sequences of %i, %i heads of %i, agrees with float64',
    // The softmax's lanes, and a tile of the products.
    tiles: [4, 8, 16, 64],
    sizes: [
      [1, 1, 1, 1],
      [2, 3, 1, 2],
      [1, 4, 2, 4],
      [2, 5, 1, 3],
      [2, 7, 3, 5],
      [1, 8, 1, 9],
      [1, 9, 2, 4],
      [1, 15, 1, 3],
      [3, 16, 2, 4],
      [2, 17, 2, 8],
      [1, 63, 1, 2],
      [1, 64, 1, 3],
      [1, 65, 1, 4],
    ],
    folded: null, // products and a softmax
    largest: [3, 70, 3, 9],
    byClass: true,
    spread: false,
    async check(gpu, sequences: number, context: number, heads: number, headWidth: number) {
      const random = seededRandom(context);
      return checkOp(gpu, {
        op: causalAttention,
        options: () => ({ heads, context }),
        inputs: { qkv: sample([sequences * context, 3 * heads * headWidth], random.normal) },
        reference: causalAttentionReference({ sequences, context, heads, headWidth }),
      });
    },
  }),
];
