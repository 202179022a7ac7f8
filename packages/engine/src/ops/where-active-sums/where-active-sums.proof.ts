import { checkKernel, defineProof, sample, seededRandom, sparseSample } from '../../testing/index.ts';
import { whereActiveSums } from './where-active-sums.ts';
import { whereActiveSumsReference } from './where-active-sums.reference.ts';

export const proofs = [
  defineProof({
    claim: 'x + offset where f (%i,%i) is positive, and the sums over its columns, agree with float64',
    // Rows go around the 64 of a block; columns around the 64 threads of a workgroup, in both forms of Column.
    tiles: [64],
    sizes: [
      [1, 1],
      [7, 3],
      [63, 65],
      [64, 64],
      [65, 63],
      [65, 260],
      [200, 3076],
    ],
    folded: [2, 65_537],
    largest: [500, 200],
    byClass: false,
    spread: true,
    async check(gpu, rows: number, features: number) {
      const random = seededRandom(rows);
      const f = sparseSample(random, [rows, features]);
      const x = sample([rows, features], random.normal);
      const want = whereActiveSumsReference(x.values, f.values, features, 0.75 * 0.25);
      // A product and a sum for h; then at most 64 in a block and one for each block.
      const roundings = 68 + Math.ceil(rows / 64);
      return checkKernel(gpu, {
        inputs: { x, f },
        record: (p, v) => {
          const { h, sums } = whereActiveSums(p, v.x, v.f, { scalar: p.scalar('penalty'), scale: 0.25 });
          return { h, ...sums };
        },
        scalars: { penalty: 0.75 },
        want: {
          h: { reference: want.h, roundings: 2 },
          sumF: { reference: want.sumF, roundings },
          sumH: { reference: want.sumH, roundings },
          sumFH: { reference: want.sumFH, roundings },
          count: { reference: want.count, roundings: 0 },
        },
      });
    },
  }),
];
