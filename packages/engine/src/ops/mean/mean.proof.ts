import { checkOp, defineProof, sample, seededRandom } from '../../testing/index.ts';
import { mean } from './mean.ts';
import { meanReference } from './mean.reference.ts';

export const proofs = [
  defineProof({
    claim: 'the mean of %i elements and its gradient agree with float64',
    // Vectors of four, a run of 16 of them for each of 4, 8 or 64 lanes, and what a workgroup sums.
    tiles: [4, 256, 512, 4096, 16_384],
    sizes: [
      1, 3, 4, 5, 7, 255, 256, 257, 511, 512, 513, 4095, 4096, 4097, 16_383, 16_384, 16_385, 40_007,
    ].map((n): [number] => [n]),
    folded: [65_537 * 4],
    largest: [20_000],
    byClass: true,
    spread: true,
    async check(gpu, size: number) {
      const random = seededRandom(1);
      const inputs = { x: sample([size], () => random.uniform(-1, 1)) };
      return checkOp(gpu, { op: mean, options: () => ({}), inputs, reference: meanReference(size) });
    },
  }),
];
