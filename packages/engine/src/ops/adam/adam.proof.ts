import {
  checkKernel,
  COUNT_TILES,
  COUNTS,
  defineProof,
  repeating,
  seededRandom,
} from '../../testing/index.ts';
import { adam, adamScalars, type AdamOptions } from './adam.ts';
import { ADAM_ROUNDINGS, adamReference, exactly } from './adam.reference.ts';

// Betas that float32 holds exactly: the bound is the kernel's own.
const OPTIONS: AdamOptions = { beta1: 0.875, beta2: 1 - 2 ** -10, epsilon: 2 ** -20 };

export const proofs = [
  defineProof({
    claim: 'an Adam step of %i elements with a history agrees with float64',
    tiles: COUNT_TILES,
    sizes: COUNTS,
    folded: [65_536 * 4 + 5],
    largest: [5000],
    byClass: false,
    spread: true,
    async check(gpu, size: number) {
      const random = seededRandom(size);
      const inputs = {
        parameter: repeating([size], random.normal),
        first: repeating([size], random.normal),
        second: repeating([size], () => random.uniform(0, 2)),
        gradient: repeating([size], () => random.normal() * 10 ** random.uniform(-3, 3)),
      };
      const want = adamReference(
        { parameter: inputs.parameter.values, first: inputs.first.values, second: inputs.second.values },
        exactly(inputs.gradient.values),
        3,
        0.125,
        OPTIONS,
      );
      const roundings = ADAM_ROUNDINGS;
      return checkKernel(gpu, {
        inputs,
        record(p, { parameter, first, second, gradient }) {
          adam(p, parameter, gradient, { first: first.tensor!, second: second.tensor! }, OPTIONS);
          return { parameter, first, second };
        },
        scalars: adamScalars(OPTIONS, 3, 0.125),
        want: {
          parameter: { reference: want.parameter, roundings },
          first: { reference: want.first, roundings },
          second: { reference: want.second, roundings },
        },
      });
    },
  }),
];
