import type { Gpu } from '../../device/gpu.ts';
import {
  checkKernel,
  type Checked,
  defineProof,
  equalTo,
  repeating,
  ROW_SIZES,
  ROW_TILES,
  type Sample,
  seededRandom,
} from '../../testing/index.ts';
import { whereMarked } from '../where-marked/where-marked.ts';
import { topKAmong } from './top-k-among.ts';
import { topKAmongReference } from './top-k-among.reference.ts';

const AT_LEAST = 100;

export const proofs = [
  defineProof({
    claim: 'the largest of (%i,%i) among idle columns are exact, whatever their sign',
    tiles: ROW_TILES,
    sizes: ROW_SIZES,
    folded: [65_537, 5],
    largest: [60, 1500],
    byClass: true,
    spread: false,
    check: (gpu, rows: number, width: number) =>
      checkTopKAmong(
        gpu,
        repeating([rows, width], seededRandom(rows).normal),
        idleCounts(width),
        Math.ceil(width / 5),
      ),
  }),
];

/** Columns in use, just idle, idle and long idle, in turn. */
export function idleCounts(width: number): Uint32Array {
  return Uint32Array.from({ length: width }, (_, j) => [99, 100, 101, 4_000_000_000][j % 4]!);
}

/** Selected values are copies, so they must be equal, zeros included. */
export async function checkTopKAmong(gpu: Gpu, x: Sample, idle: Uint32Array, k: number): Promise<Checked> {
  return checkKernel(gpu, {
    inputs: { x, idle: { shape: [idle.length], values: idle } },
    record: (p, v) => ({ y: whereMarked(p, v.x, topKAmong(p, v.x, v.idle, AT_LEAST, k).rows) }),
    want: { y: equalTo(topKAmongReference(x.values, idle, AT_LEAST, k)) },
  });
}
