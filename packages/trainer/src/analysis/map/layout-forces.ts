import type { LayoutCurve } from './layout-curve.ts';

/** Bits of a float32 that a cell of the tables does not tell apart: it spans a 256th of its values. */
const CELL_BITS = 15;
/** Cells of the numbers from 0 up to the largest float32. */
const CELLS = 0x7f800000 >>> CELL_BITS;
/** What keeps the repulsion of points close together finite, in squared distance. */
const SOFTENING = 1e-3;

export interface LayoutForces {
  /** By the cell of the squared distance: what the difference of two places is multiplied with. Draws together: negative. */
  readonly attraction: Float64Array;
  /** As attraction, of points that are not neighbours: positive. */
  readonly repulsion: Float64Array;
  /** The cell of a squared distance, at most the largest float32. */
  readonly cellOf: (squared: number) => number;
}

/**
 * The gradients of a layout's cross-entropy by squared distance s (McInnes, Healy and Melville 2018, appendix C):
 * -2ab·s^(b-1) / (1 + a·s^b) between neighbours, 2b / ((0.001 + s)(1 + a·s^b)) between others. Taken from tables to
 * 0.3 %, since powers are most of the time of a layout and its steps are random anyway.
 */
export function layoutForces({ a, b }: LayoutCurve): LayoutForces {
  const [float, bits] = words();
  const attraction = new Float64Array(CELLS);
  const repulsion = new Float64Array(CELLS);
  for (let cell = 0; cell < CELLS; cell++) {
    bits[0] = (cell << CELL_BITS) | (1 << (CELL_BITS - 1));
    const squared = float[0]!;
    const far = 1 + a * squared ** b;
    attraction[cell] = (-2 * a * b * squared ** (b - 1)) / far;
    repulsion[cell] = (2 * b) / ((SOFTENING + squared) * far);
  }
  return {
    attraction,
    repulsion,
    cellOf: (squared) => {
      float[0] = squared;
      return bits[0]! >>> CELL_BITS;
    },
  };
}

/** One word, as a float32 and as its bits. */
function words(): [float: Float32Array, bits: Uint32Array] {
  const float = new Float32Array(1);
  return [float, new Uint32Array(float.buffer)];
}
