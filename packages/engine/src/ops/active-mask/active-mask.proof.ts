import { checkKernel, defineProof, equalTo, seededRandom, sparseSample } from '../../testing/index.ts';
import { activeMask } from './active-mask.ts';
import { activeMaskReference } from './active-mask.reference.ts';

export const proofs = (['positive', 'not zero'] as const).map((marks) =>
  defineProof({
    claim: `the masks of (%i,%i) mark exactly the entries that are ${marks}`,
    // A word of 32, a summary word of 32 words, both ways; four columns at a time where the width allows.
    tiles: [4, 32, 1024],
    sizes: [
      [1, 1],
      [3, 4],
      [2, 5],
      [7, 31],
      [31, 32],
      [32, 33],
      [33, 7],
      [2, 1023],
      [3, 1024],
      [1, 1025],
      [1023, 2],
      [1024, 3],
      [1025, 1],
    ],
    folded: marks === 'positive' ? [1, 65_537 * 64] : null, // a constant tells the kernels apart
    largest: [100, 3000],
    byClass: false,
    spread: false,
    async check(gpu, rows: number, columns: number) {
      const f = sparseSample(seededRandom(rows), [rows, columns]);
      const marked = marks === 'positive' ? f.values : f.values.map(Math.abs);
      const want = activeMaskReference(marked, rows, columns);
      return checkKernel(gpu, {
        inputs: { f },
        record(p, v) {
          const mask = activeMask(p, v.f, marks);
          return { columns: mask.columns, rows: mask.rows, summary: mask.summary };
        },
        want: {
          columns: equalTo(want.columns),
          rows: equalTo(want.rows),
          summary: equalTo(want.summary),
        },
      });
    },
  }),
);
