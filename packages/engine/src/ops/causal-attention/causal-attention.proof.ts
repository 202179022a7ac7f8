import type { Gpu } from '../../device/gpu.ts';
import { checkOp, defineProof, sample, seededRandom, type Checked } from '../../testing/index.ts';
import { causalAttention } from './causal-attention.ts';
import { causalAttentionReference, type AttentionSizes } from './causal-attention.reference.ts';

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
    check: (gpu, sequences: number, context: number, heads: number, headWidth: number) =>
      checkAttention(gpu, { sequences, context, heads, headWidth }),
  }),
];

/** @param probabilitiesAtOnce as the op has it; without it, all */
export async function checkAttention(
  gpu: Gpu,
  sizes: AttentionSizes,
  probabilitiesAtOnce?: number,
): Promise<Checked> {
  const { sequences, context, heads, headWidth } = sizes;
  const random = seededRandom(context);
  const cut = probabilitiesAtOnce === undefined ? {} : { probabilitiesAtOnce };
  return checkOp(gpu, {
    op: causalAttention,
    options: () => ({ heads, context, ...cut }),
    inputs: { qkv: sample([sequences * context, 3 * heads * headWidth], random.normal) },
    reference: causalAttentionReference(sizes),
  });
}
