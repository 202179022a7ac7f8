import { expect, test } from 'vitest';
import { checkGradient, sample, seededRandom } from '../../testing/index.ts';
import { Scalar, type Value } from '../../program/value.ts';
import { dense, matmulReference } from './matmul.reference.ts';
import { naiveText } from './naive.ts';
import { transposed, type Epilogue } from './problem.ts';
import { registerTileText } from './register-tile-text.ts';
import { splitSumText } from './split-sum.ts';
import { workgroupTileText } from './workgroup-tile-text.ts';

test('the gradients of a product are products with a transpose', () => {
  const random = seededRandom(1);
  checkGradient(
    {
      forward: ({ left, right }) =>
        matmulReference({ m: 3, n: 2, k: 4, left: dense(left, 4), right: dense(right, 2), scale: 0.5 }),
      backward: ({ left, right }, cotangent) => ({
        left: matmulReference({
          m: 3,
          n: 4,
          k: 2,
          left: dense(cotangent, 2),
          right: transposed(dense(right, 2)),
          scale: 0.5,
        }),
        right: matmulReference({
          m: 4,
          n: 2,
          k: 3,
          left: transposed(dense(left, 4)),
          right: dense(cotangent, 2),
          scale: 0.5,
        }),
      }),
    },
    { left: sample([3, 4], random.normal), right: sample([4, 2], random.normal) },
  );
});

// What is generated, to be read and to be noticed when it changes. A value only decides that there is one.
const value: Value = { label: 'value', shape: [1], dtype: 'f32', tensor: null, part: null };
const everySlot: Epilogue = {
  accumulate: true,
  bias: value,
  relu: true,
  offset: { scalars: value, scalar: new Scalar('offset'), scale: 1 },
  mask: value,
  add: value,
};

const REGISTER_TILE = { lanes: 4, tileRows: 4, vectors: 1, vectorised: true, epilogue: {} } as const;
const WORKGROUP_TILE = { tileRows: 32, tileColumns: 32, depth: 16, threadRows: 4, threadVectors: 1 } as const;

test.each([
  {
    name: 'subgroup-broadcast-packed-texture',
    text: () =>
      registerTileText({ ...REGISTER_TILE, leftReaches: 'broadcast', left: 'texture', right: 'texture' }),
  },
  {
    name: 'subgroup-broadcast-in-place-turned-edge-every-slot',
    text: () =>
      registerTileText({
        ...REGISTER_TILE,
        vectors: 2,
        leftReaches: 'broadcast',
        left: 'single',
        right: 'columns',
        vectorised: false,
        epilogue: everySlot,
      }),
  },
  {
    name: 'register-tile',
    text: () => registerTileText({ ...REGISTER_TILE, leftReaches: 'each', left: 'rows', right: 'rows' }),
  },
  {
    name: 'register-tile-single',
    text: () => registerTileText({ ...REGISTER_TILE, leftReaches: 'each', left: 'single', right: 'single' }),
  },
  {
    name: 'workgroup-tile',
    text: () =>
      workgroupTileText({
        ...WORKGROUP_TILE,
        left: 'along',
        right: 'across',
        vectorised: true,
        epilogue: {},
      }),
  },
  {
    name: 'workgroup-tile-turned-edge-every-slot',
    text: () =>
      workgroupTileText({
        ...WORKGROUP_TILE,
        left: 'across singly',
        right: 'along singly',
        vectorised: false,
        epilogue: everySlot,
      }),
  },
  { name: 'split-sum', text: () => splitSumText({ bias: value }) },
  { name: 'naive', text: () => ({ source: naiveText({ relu: true }) }) },
])('the text of $name is as committed', async ({ name, text }) => {
  await expect(text().source).toMatchFileSnapshot(`snapshots/${name}.wgsl`);
});
