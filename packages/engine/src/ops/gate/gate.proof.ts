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
  sparseSample,
} from '../../testing/index.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { gate, gateGradients, openGates, scaleByMagnitude } from './gate.ts';
import { gateGradientsReference, gateReference, scaleByMagnitudeReference } from './gate.reference.ts';

// WGSL allows exp an error of 3 + 2|x| units in the last place; a product and a sum follow.
const ROUNDINGS = 12;

export const proofs = [
  defineProof({
    claim: 'gate of (%i,%i) agrees with float64, shut gates exactly',
    tiles: [4, 64],
    sizes: ROW_SIZES,
    folded: [65_537, 8],
    largest: [60, 200],
    byClass: false,
    spread: true,
    async check(gpu, rows: number, features: number) {
      const random = seededRandom(rows);
      // Quarters, whose sums float32 holds exactly: many gates are exactly 0, where they are shut.
      const quarter = () => (random.below(17) - 8) / 4;
      const inputs = {
        u: repeating([rows, features], quarter),
        gateBias: sample([features], quarter),
        magnitudeBias: sample([features], random.normal),
        magnitudeLogScale: sample([features], () => random.uniform(-1, 1)),
      };
      const { u, gateBias, magnitudeBias, magnitudeLogScale } = inputs;
      const want = gateReference(u.values, gateBias.values, magnitudeBias.values, magnitudeLogScale.values);
      return checkKernel(gpu, {
        inputs,
        record: (p, v) => ({ f: gate(p, v.u, v), gates: openGates(p, v.u, v.gateBias) }),
        want: { f: { reference: want.f, roundings: ROUNDINGS }, gates: equalTo(want.gates) },
      });
    },
  }),
  defineProof({
    claim: 'gradients of (%i,%i) at marked entries are scaled as float64 scales them',
    // A word of rows, a summary word of 32 words, and the threads of a workgroup.
    tiles: [32, 64, 1024],
    sizes: [
      [1, 1],
      [7, 31],
      [31, 63],
      [32, 64],
      [33, 65],
      [1023, 3],
      [1024, 2],
      [1025, 5],
    ],
    folded: [1, 65_537 * 64],
    largest: [1500, 200],
    byClass: false,
    spread: false,
    async check(gpu, rows: number, features: number) {
      const random = seededRandom(rows);
      const inputs = {
        marker: sparseSample(random, [rows, features]),
        h: sample([rows, features], () => random.uniform(-1, 1)),
        magnitudeLogScale: sample([features], () => random.uniform(-1, 1)),
      };
      const { marker, h, magnitudeLogScale } = inputs;
      const reference = scaleByMagnitudeReference(h.values, marker.values, magnitudeLogScale.values);
      return checkKernel(gpu, {
        inputs,
        record(p, v) {
          scaleByMagnitude(p, v.h, activeMask(p, v.marker), v.magnitudeLogScale);
          return { h: v.h };
        },
        want: { h: { reference, roundings: ROUNDINGS } },
      });
    },
  }),
  defineProof({
    claim: 'gradients of %i gated units agree with float64',
    tiles: COUNT_TILES,
    sizes: COUNTS,
    folded: [65_537 * 64],
    largest: [2000],
    byClass: false,
    spread: false,
    async check(gpu, features: number) {
      const random = seededRandom(features);
      const vector = (draw = random.normal) => repeating([features], draw);
      const inputs = {
        sumH: vector(),
        sumFH: vector(),
        sumK: vector(),
        magnitudeBias: vector(),
        magnitudeLogScale: vector(() => random.uniform(-1, 1)),
        gateBias: vector(),
      };
      const want = gateGradientsReference(
        inputs.sumH.values,
        inputs.sumFH.values,
        inputs.sumK.values,
        inputs.magnitudeBias.values,
        inputs.magnitudeLogScale.values,
      );
      return checkKernel(gpu, {
        inputs,
        record: (p, v) => ({ ...gateGradients(p, v.sumH, v.sumFH, v.sumK, v) }),
        want: {
          dLogScale: { reference: want.dLogScale, roundings: 3 },
          through: { reference: want.through, roundings: ROUNDINGS },
        },
      });
    },
  }),
];
