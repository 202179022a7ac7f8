import { createTensor } from '../../tensor/tensor.ts';
import { checkOp, defineProof, sample, seededRandom } from '../../testing/index.ts';
import { unembedCrossEntropy } from './unembed-cross-entropy.ts';
import { unembedCrossEntropyReference } from './unembed-cross-entropy.reference.ts';

/** Smallest: vocabularies of one chunk, of whole chunks, and with a rest of both widths of Column. */
const CHUNK = 64;

export const proofs = [
  defineProof({
    claim: 'the loss of unembedding (%i,%i) to %i, chunk by chunk, and its gradients agree with float64',
    tiles: [4, 8, CHUNK],
    sizes: [
      [1, 1, 1],
      [7, 4, 3],
      [5, 8, CHUNK - 1],
      [9, 3, CHUNK],
      [4, 5, CHUNK + 1],
      [13, 9, 3 * CHUNK - 4],
      [65, 7, 2 * CHUNK],
    ],
    folded: [65_537, 2, 3],
    largest: [40, 40, 400],
    byClass: true,
    spread: true,
    async check(gpu, rows: number, width: number, vocabulary: number) {
      const random = seededRandom(rows + vocabulary);
      const targets = Uint32Array.from({ length: rows }, () => random.below(vocabulary));
      return checkOp(gpu, {
        op: unembedCrossEntropy,
        options: (p) => ({
          targets: p.persistent(createTensor(gpu, 'targets', [rows], targets)),
          chunk: CHUNK,
        }),
        inputs: { x: sample([rows, width], random.normal), w: sample([vocabulary, width], random.normal) },
        reference: unembedCrossEntropyReference(targets, width, vocabulary),
      });
    },
  }),
];
