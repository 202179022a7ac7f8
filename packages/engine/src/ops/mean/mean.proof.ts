import { checkOp, defineProof, sample, seededRandom } from '../../testing/index.ts';
import { mean } from './mean.ts';
import { meanReference } from './mean.reference.ts';

export const proofs = [
  defineProof({
    claim: 'the mean of %i elements and its gradient agree with float64',
    // A lane takes runs of 64 elements: around one run, and around a run for each of 4, 8 or 64 lanes.
    tiles: [64, 256, 512, 4096],
    sizes: [1, 7, 63, 64, 65, 255, 256, 257, 511, 512, 513, 4095, 4096, 4097, 16_383].map((n): [number] => [
      n,
    ]),
    folded: [65_537 * 64],
    largest: [20_000],
    byClass: true,
    spread: false,
    async check(gpu, size: number) {
      const random = seededRandom(1);
      const inputs = { x: sample([size], () => random.uniform(-1, 1)) };
      return checkOp(gpu, { op: mean, options: () => ({}), inputs, reference: meanReference(size) });
    },
  }),
];
