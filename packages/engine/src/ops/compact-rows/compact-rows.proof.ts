import { checkKernel, defineProof, equalTo, seededRandom, sparseSample } from '../../testing/index.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { compactRows, rowOffsets } from './compact-rows.ts';
import { compactRowsReference } from './compact-rows.reference.ts';

export const proofs = [
  defineProof({
    claim: 'the entries of (%i,%i) come back in order',
    // Bits of a word; rows around the lanes of the prefix sum, and words around those of a chunk.
    tiles: [4, 8, 32, 64],
    sizes: [
      [1, 1],
      [4, 3],
      [5, 4],
      [3, 5],
      [7, 31],
      [8, 32],
      [9, 33],
      [63, 9],
      [64, 7],
      [65, 130],
      [3, 2080],
    ],
    folded: [65_537, 3],
    largest: [200, 2500],
    byClass: true,
    spread: true,
    async check(gpu, rows: number, width: number) {
      const f = sparseSample(seededRandom(rows), [rows, width]);
      const { columns, values, offsets } = compactRowsReference(f.values, width);
      const count = columns.length;
      return checkKernel(gpu, {
        inputs: { f },
        record(p, v) {
          const { rows: mask } = activeMask(p, v.f);
          const starts = rowOffsets(p, mask);
          const room = Math.max(width, count);
          return { offsets: starts, ...compactRows(p, v.f, mask, starts, p.scalar('first'), room) };
        },
        scalars: { first: 0 },
        want: {
          offsets: equalTo(offsets),
          columns: { ...equalTo(columns), count },
          values: { ...equalTo(values), count },
        },
      });
    },
  }),
];
