import type { Gpu } from '../../device/gpu.ts';
import type { Value } from '../../program/value.ts';
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
import { BatchThreshold } from './batch-threshold.ts';
import { batchThresholdReference } from './batch-threshold.reference.ts';

export const proofs = [
  defineProof({
    claim: 'batch top k of (%i,%i), a block of rows after the other, is exact, and so is its threshold',
    tiles: ROW_TILES,
    sizes: [...ROW_SIZES, [65, 67]],
    folded: [65_537 + 2, 3],
    largest: [100, 300],
    byClass: true,
    spread: false,
    check: (gpu, rows: number, width: number) =>
      checkBatchThreshold(gpu, sample([rows, width], seededRandom(rows).normal), Math.ceil(width / 5)),
  }),
];

/** Cuts x into a short block, a long one, and one of a single row, as far as there are rows. */
function cut({ shape, values }: Sample): Sample[] {
  const [rows, width] = shape as [number, number];
  const ends = [Math.ceil(rows / 5), rows - 1, rows];
  const starts = [0, ...ends];
  return ends
    .map((end, i) => ({
      shape: [end - starts[i]!, width],
      values: values.slice(starts[i]! * width, end * width),
    }))
    .filter(({ values: { length } }) => length > 0);
}

/** Selected values are copies, so they must be equal, zeros included. */
export async function checkBatchThreshold(gpu: Gpu, x: Sample, k: number): Promise<Checked> {
  const wanted = k * x.shape[0]!;
  const blocks = cut(x);
  const selected = batchThresholdReference(
    blocks.map(({ values }) => values),
    wanted,
  );
  const kept = selected.flatMap((values) => [...values].filter((value) => value > 0));
  const smallest = kept.length < wanted ? 0 : kept.reduce((a, b) => Math.min(a, b));
  const bits = new Uint32Array(Float32Array.of(smallest).buffer);
  return checkKernel(gpu, {
    inputs: Object.fromEntries(blocks.map((block, i) => [`x${i}`, block])),
    record(p, values) {
      const search = new BatchThreshold(p, k, x.shape[0]!);
      for (const block of Object.values(values)) search.add(block);
      const select = search.selection();
      const results = Object.entries(values).map(([name, block]): [string, Value] => {
        return [name, whereMarked(p, block, select(block).rows)];
      });
      return { ...Object.fromEntries(results), threshold: search.threshold };
    },
    want: {
      ...Object.fromEntries(selected.map((values, i) => [`x${i}`, equalTo(values)])),
      threshold: { ...equalTo(bits), count: 1 },
    },
  });
}
