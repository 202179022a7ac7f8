import { createTensor } from '../../tensor/tensor.ts';
import { checkOp, defineProof, sample, seededRandom } from '../../testing/index.ts';
import { embedding, groupTokens } from './embedding.ts';
import { embeddingReference } from './embedding.reference.ts';

export const proofs = [
  defineProof({
    claim: 'embedding %i sequences of %i, width %i, vocabulary %i, agrees with float64',
    // Widths of both kinds of Column, around a workgroup's lanes of both.
    tiles: [4, 8],
    sizes: [
      [1, 1, 1, 1],
      [3, 7, 5, 11],
      [1, 9, 7, 9],
      [2, 4, 8, 8],
      [1, 5, 13, 5],
      [1, 3, 4, 16],
      // A vocabulary much larger than the batch, and one token many times.
      [2, 3, 6, 300],
      [40, 5, 3, 2],
    ],
    folded: [65_537, 1, 4, 5],
    largest: [20, 30, 40, 500],
    byClass: false,
    spread: true,
    async check(gpu, sequences: number, context: number, width: number, vocabulary: number) {
      const random = seededRandom(1);
      // Some of the table's positions lie beyond the context, and get a gradient of zero.
      const positions = context + (context % 3);
      const tokens = Uint32Array.from({ length: sequences * context }, () => random.below(vocabulary));
      const { order, starts } = groupTokens(tokens, vocabulary);
      return checkOp(gpu, {
        op: embedding,
        options: (p) => ({
          tokens: p.persistent(createTensor(gpu, 'tokens', [tokens.length], tokens)),
          order: p.persistent(createTensor(gpu, 'order', [tokens.length], order)),
          starts: p.persistent(createTensor(gpu, 'starts', [vocabulary + 1], starts)),
          context,
        }),
        inputs: {
          tokenTable: sample([vocabulary, width], random.normal),
          positionTable: sample([positions, width], random.normal),
        },
        reference: embeddingReference({ tokens, vocabulary, positions, context, width }),
      });
    },
  }),
];
