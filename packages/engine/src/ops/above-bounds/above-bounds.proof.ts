import { checkKernel, defineProof, equalTo, seededRandom } from '../../testing/index.ts';
import { aboveBounds } from './above-bounds.ts';
import { aboveBoundsReference } from './above-bounds.reference.ts';

export const proofs = [
  defineProof({
    claim: 'of (%i,%i) exactly what is above the bound of its row or column is marked',
    // A word of 32; four columns at a time where the width allows.
    tiles: [4, 32],
    sizes: [
      [1, 1],
      [3, 4],
      [2, 5],
      [7, 31],
      [31, 32],
      [32, 33],
      [33, 7],
      [5, 1036],
    ],
    folded: [65_537, 1],
    largest: [100, 3000],
    byClass: false,
    spread: true,
    async check(gpu, rows: number, columns: number) {
      const random = seededRandom(rows + columns);
      // Of few values, so that many are at their bounds.
      const draw = (...shape: number[]) => {
        const count = shape.reduce((product, n) => product * n, 1);
        return { shape, values: Float64Array.from({ length: count }, () => random.below(9) / 8) };
      };
      const inputs = { x: draw(rows, columns), ofRows: draw(rows), ofColumns: draw(columns) };
      const want = aboveBoundsReference(inputs.x.values, inputs.ofRows.values, inputs.ofColumns.values);
      return checkKernel(gpu, {
        inputs,
        record: (p, v) => ({ mask: aboveBounds(p, v.x, v.ofRows, v.ofColumns) }),
        want: { mask: equalTo(want) },
      });
    },
  }),
];
