import { checkOp, defineProof, sample, seededRandom } from '../../testing/index.ts';
import { linear, unembed } from './linear.ts';
import { linearInputs } from './linear-inputs.ts';
import { linearReference, unembedReference } from './linear.reference.ts';

// Whole vectors and edges. The products' own proofs go around their tiles, those of column-sum beyond one pass.
const TILES = [4, 8, 16];
const SIZES: [number, number, number][] = [
  [1, 1, 1],
  [7, 5, 3],
  [4, 9, 7],
  [16, 12, 16],
  [13, 16, 15],
  [17, 3, 4],
  [8, 8, 8],
];

export const proofs = [
  ...[false, true].map((relu) =>
    defineProof({
      claim: `linear of (%i,%i) to %i${relu ? ', with ReLU,' : ''} and its gradients agree with float64`,
      tiles: TILES,
      sizes: SIZES,
      folded: null,
      largest: [70, 70, 70],
      byClass: true,
      spread: false,
      async check(gpu, rows: number, inputs: number, outputs: number) {
        return checkOp(gpu, {
          op: linear,
          options: () => ({ relu, label: 'y' }),
          inputs: linearInputs(seededRandom(rows), rows, inputs, outputs),
          reference: linearReference(rows, inputs, outputs, relu),
        });
      },
    }),
  ),
  defineProof({
    claim: 'unembedding of (%i,%i) to %i and its gradients agree with float64',
    tiles: TILES,
    sizes: SIZES,
    folded: null,
    largest: [40, 40, 150],
    byClass: true,
    spread: false,
    async check(gpu, rows: number, width: number, vocabulary: number) {
      const random = seededRandom(rows);
      return checkOp(gpu, {
        op: unembed,
        options: () => ({ label: 'logits' }),
        inputs: { x: sample([rows, width], random.normal), w: sample([vocabulary, width], random.normal) },
        reference: unembedReference(rows, width, vocabulary),
      });
    },
  }),
];
