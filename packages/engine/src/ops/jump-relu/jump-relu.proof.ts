import {
  checkKernel,
  COUNT_TILES,
  COUNTS,
  defineProof,
  equalTo,
  repeating,
  ROW_SIZES,
  sample,
  seededRandom,
} from '../../testing/index.ts';
import { jumpRelu, nearThreshold, thresholdGradient } from './jump-relu.ts';
import { jumpReluReference, thresholdGradientReference } from './jump-relu.reference.ts';

const BANDWIDTH = 0.25;

export const proofs = [
  defineProof({
    claim: 'jumpRelu of (%i,%i) selects exactly, on edges too',
    tiles: [4, 64],
    sizes: ROW_SIZES,
    folded: [65_537, 8],
    largest: [60, 200],
    byClass: false,
    spread: true,
    async check(gpu, rows: number, features: number) {
      const random = seededRandom(rows);
      // Sixteenths: many inputs lie exactly on a threshold or on an edge of the bandwidth, where < and <= differ.
      const x = repeating([rows, features], () => (random.below(65) - 32) / 16);
      const threshold = sample([features], () => (random.below(20) - 2) / 16);
      const want = jumpReluReference(x.values, threshold.values, BANDWIDTH);
      return checkKernel(gpu, {
        inputs: { x, threshold },
        record: (p, v) => ({
          f: jumpRelu(p, v.x, v.threshold),
          near: nearThreshold(p, v.x, v.threshold, BANDWIDTH),
        }),
        want: { f: equalTo(want.f), near: equalTo(want.near) },
      });
    },
  }),
  defineProof({
    claim: 'the gradient of %i thresholds agrees with float64',
    tiles: COUNT_TILES,
    sizes: COUNTS,
    folded: [65_537 * 64],
    largest: [2000],
    byClass: false,
    spread: false,
    async check(gpu, features: number) {
      const random = seededRandom(features);
      const inputs = {
        threshold: repeating([features], () => random.uniform(0, 1)),
        sumProducts: repeating([features], random.normal),
        count: repeating([features], () => random.below(50)),
      };
      const { threshold, sumProducts, count } = inputs;
      const reference = thresholdGradientReference(
        threshold.values,
        sumProducts.values,
        count.values,
        BANDWIDTH,
        0.375 * 1.5,
      );
      return checkKernel(gpu, {
        inputs,
        record(p, v) {
          const penalty = { scalar: p.scalar('penalty'), scale: 0.375 };
          return { gradient: thresholdGradient(p, v.threshold, v.sumProducts, v.count, BANDWIDTH, penalty) };
        },
        scalars: { penalty: 1.5 },
        // Products, a sum and a division.
        want: { gradient: { reference, roundings: 6 } },
      });
    },
  }),
];
