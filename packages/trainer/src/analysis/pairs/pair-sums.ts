import type { EntryFile, Rows } from '../entries/entry-file.ts';

/** Sums over tokens of pairs of a left and a right feature, for some left features and all right ones. */
export interface PairBlock {
  /** Left features `from` to `to`. */
  readonly from: number;
  readonly to: number;
  /** (to - from, right features) Σ f·g, float64. */
  readonly products: Float64Array;
  /** Σ f² over the tokens where g > 0; empty unless masked sums were asked for. */
  readonly leftSquares: Float64Array;
  /** Σ g² over the tokens where f > 0; empty unless masked sums were asked for. */
  readonly rightSquares: Float64Array;
}

export interface PairOptions {
  /** Whether the sums of squares under the other's mask are taken as well. */
  readonly masked: boolean;
  /** Bytes that the sums of one block may take; several blocks read the files several times. */
  readonly maxBytes: number;
  /** Called between pieces of the files with the share done; throws to stop. */
  readonly watch?: (share: number) => void;
}

/** Tokens read at a time. */
const PIECE_ROWS = 2048;

/**
 * Sums products of activations over all tokens, for every pair of a left and a right feature, from the entries
 * alone: the cost is that of the pairs that are active together.
 *
 * @param sizes numbers of left and right features
 */
export function* pairSums(
  left: EntryFile,
  right: EntryFile,
  sizes: { readonly left: number; readonly right: number },
  { masked, maxBytes, watch }: PairOptions,
): Generator<PairBlock> {
  const bytesPerRow = sizes.right * 8 * (masked ? 3 : 1);
  const height = Math.max(1, Math.min(sizes.left, Math.floor(maxBytes / bytesPerRow)));
  const products = new Float64Array(height * sizes.right);
  const leftSquares = new Float64Array(masked ? products.length : 0);
  const rightSquares = new Float64Array(masked ? products.length : 0);
  // Of a dictionary with itself one half is the other, where a block has both.
  const mirrored = left === right && !masked && height === sizes.left;
  for (let from = 0; from < sizes.left; from += height) {
    const to = Math.min(sizes.left, from + height);
    for (const sums of [products, leftSquares, rightSquares]) sums.fill(0);
    const block = { from, to, products, leftSquares, rightSquares };
    const others = right.pieces(PIECE_ROWS);
    for (const rows of left.pieces(PIECE_ROWS)) {
      watch?.((from + ((to - from) * rows.first) / left.rows) / sizes.left);
      const beside = others.next().value as Rows;
      if (masked) addMasked(block, rows, beside, sizes.right);
      else addProducts(block, rows, beside, sizes.right, mirrored);
    }
    if (mirrored) mirror(products, sizes.right);
    yield block;
  }
}

/** @param half whether both sides are the same, and each pair is added once, the lower feature first */
function addProducts(
  { from, to, products }: PairBlock,
  left: Rows,
  right: Rows,
  width: number,
  half: boolean,
): void {
  const { features, values } = right;
  for (let row = 0; row < left.rows; row++) {
    const start = right.offsets[row]!;
    const end = right.offsets[row + 1]!;
    for (let e = left.offsets[row]!; e < left.offsets[row + 1]!; e++) {
      const i = left.features[e]!;
      if (i < from || i >= to) continue;
      const f = left.values[e]!;
      const base = (i - from) * width;
      for (let k = half ? e : start; k < end; k++) products[base + features[k]!]! += f * values[k]!;
    }
  }
}

/** Fills the lower half of a square from the upper one. */
function mirror(products: Float64Array, width: number): void {
  for (let i = 0; i < width; i++)
    for (let j = 0; j < i; j++) products[i * width + j] = products[j * width + i]!;
}

function addMasked(block: PairBlock, left: Rows, right: Rows, width: number): void {
  const { from, to, products, leftSquares, rightSquares } = block;
  const { features, values } = right;
  for (let row = 0; row < left.rows; row++) {
    const start = right.offsets[row]!;
    const end = right.offsets[row + 1]!;
    for (let e = left.offsets[row]!; e < left.offsets[row + 1]!; e++) {
      const i = left.features[e]!;
      if (i < from || i >= to) continue;
      const f = left.values[e]!;
      const square = f * f;
      const base = (i - from) * width;
      for (let k = start; k < end; k++) {
        const g = values[k]!;
        const at = base + features[k]!;
        products[at]! += f * g;
        leftSquares[at]! += square;
        rightSquares[at]! += g * g;
      }
    }
  }
}
