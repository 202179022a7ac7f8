import { checkKernel, defineProof, sample, seededRandom, sparseSample } from '../../testing/index.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { sparsityPenalty } from './sparsity-penalty.ts';
import { sparsityPenaltyReference } from './sparsity-penalty.reference.ts';

const LAMBDA = 1.25;
const SCALE = 0.375;

export const proofs = (['linear', 'tanh'] as const).map((kind) =>
  defineProof({
    claim: `a ${kind} penalty on f (%i,%i) and its gradients agree with float64`,
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
    folded: kind === 'linear' ? [1, 65_537 * 64] : null, // a constant tells them apart
    largest: [1500, 200],
    byClass: false,
    spread: false,
    async check(gpu, rows: number, features: number) {
      const random = seededRandom(rows);
      const inputs = {
        f: sparseSample(random, [rows, features]),
        n: sample([features], () => random.uniform(0.25, 2)),
        // Zero where nothing is marked, and where nothing may be written.
        h: sample([rows, features], () => random.uniform(-1, 1)),
      };
      const { f, n } = inputs;
      const h = { ...inputs.h, values: inputs.h.values.map((value, i) => (f.values[i]! > 0 ? value : 0)) };
      const options = { kind, sharpness: 2 };
      const want = sparsityPenaltyReference(f.values, n.values, h.values, options, LAMBDA * SCALE);
      // WGSL allows tanh an error of 1e-5; ours come from exponentials, whose error is a few units in the last place.
      const roundings = kind === 'linear' ? 4 : 16;
      return checkKernel(gpu, {
        inputs: { ...inputs, h },
        record(p, v) {
          const factor = { scalar: p.scalar('lambda'), scale: SCALE };
          return { ...sparsityPenalty(p, v.f, v.n, activeMask(p, v.f), v.h, { ...options, factor }), h: v.h };
        },
        scalars: { lambda: LAMBDA },
        want: {
          h: { reference: want.h, roundings },
          value: { reference: want.value, roundings: rows + roundings },
          along: { reference: want.along, roundings: rows + roundings },
        },
      });
    },
  }),
);
