import type { Gpu } from '../../device/gpu.ts';
import {
  checkKernel,
  type Checked,
  defineProof,
  equalTo,
  ROW_SIZES,
  ROW_TILES,
  sample,
  type Sample,
  seededRandom,
} from '../../testing/index.ts';
import { whereMarked } from '../where-marked/where-marked.ts';
import { batchTopK } from './batch-top-k.ts';
import { batchTopKReference } from './batch-top-k.reference.ts';

export const proofs = [
  defineProof({
    claim: 'batch top k of (%i,%i) is exact, and so is its threshold',
    tiles: ROW_TILES,
    sizes: [...ROW_SIZES, [65, 67]],
    folded: [65_537, 3],
    largest: [100, 300],
    byClass: true,
    spread: false,
    check: (gpu, rows: number, width: number) =>
      checkBatchTopK(gpu, sample([rows, width], seededRandom(rows).normal), Math.ceil(width / 5)),
  }),
];

/** Selected values are copies, so they must be equal, zeros included. */
export async function checkBatchTopK(gpu: Gpu, x: Sample, k: number): Promise<Checked> {
  const [rows, width] = x.shape as [number, number];
  const y = batchTopKReference(x.values, width, k);
  const kept = y.filter((value) => value > 0);
  const smallest = kept.length < k * rows ? 0 : kept.reduce((a, b) => Math.min(a, b));
  const bits = new Uint32Array(Float32Array.of(smallest).buffer);
  return checkKernel(gpu, {
    inputs: { x },
    record(p, v) {
      const { mask, threshold } = batchTopK(p, v.x, k);
      return { y: whereMarked(p, v.x, mask.rows), threshold };
    },
    want: { y: equalTo(y), threshold: { ...equalTo(bits), count: 1 } },
  });
}
