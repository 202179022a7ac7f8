import { checkKernel, defineProof, sample, seededRandom, Sums } from '../../testing/index.ts';
import { runningThreshold } from './running-threshold.ts';
import { runningThresholdReference } from './running-threshold.reference.ts';

export const proofs = [
  defineProof({
    claim: 'a threshold moves by its rate as in float64 (case %i)',
    tiles: [],
    // It has one size; these tell numbers apart.
    sizes: [[1], [2], [5], [11]],
    folded: null,
    largest: [1000],
    byClass: false,
    spread: false,
    async check(gpu, number: number) {
      const random = seededRandom(number);
      const threshold = sample([1], () => random.uniform(0, 2));
      const found = Math.fround(random.uniform(0, 2));
      const rate = number === 1 ? 1 : Math.fround(random.uniform(0, 1));
      const bits = { shape: [4], values: new Uint32Array(Float32Array.of(found, 9, 9, 9).buffer) };
      const at = threshold.values[0]!;
      const want = new Sums(1);
      want.add(0, runningThresholdReference(at, found, rate), at + rate * (found + at));
      return checkKernel(gpu, {
        inputs: { threshold, bits },
        record(p, v) {
          runningThreshold(p, v.bits, v.threshold, p.scalar('rate'));
          return { threshold: v.threshold };
        },
        scalars: { rate },
        // A difference, a product and a sum.
        want: { threshold: { reference: want, roundings: 3 } },
      });
    },
  }),
];
