import { checkKernel, defineProof, sample, seededRandom } from '../../testing/index.ts';
import { squaredGradientNorm } from './gradient-norm.ts';
import { squaredGradientNormReference } from './gradient-norm.reference.ts';

export const proofs = [
  defineProof({
    claim: 'the norm over %i elements and squares agrees with float64',
    // A lane takes runs of 64: around one run, and around a run for each of 4, 8 or 64 lanes.
    tiles: [64, 256, 512, 4096],
    sizes: [1, 7, 63, 64, 65, 255, 256, 257, 511, 512, 513, 4095, 4096, 4097, 9001].map((n): [number] => [n]),
    folded: null, // one workgroup does it all
    largest: [20_000],
    byClass: true,
    spread: false,
    async check(gpu, size: number) {
      const random = seededRandom(size);
      const inputs = {
        a: sample([size], random.normal),
        squares: sample([2 * size + 1], () => random.uniform(0, 1)),
      };
      const total = squaredGradientNormReference([inputs.a.values], [inputs.squares.values]);
      return checkKernel(gpu, {
        inputs,
        record: (p, v) => ({
          norm: squaredGradientNorm(p, [
            { value: v.a, squared: false },
            { value: v.squares, squared: true },
          ]),
        }),
        // 64 elements a block, the blocks of a lane of four, and the lanes.
        want: { norm: { reference: total, roundings: 64 + Math.ceil(size / 128) + 64 } },
      });
    },
  }),
];
