import { expect, test } from 'vitest';
import { checkGradient, sample, seededRandom } from '../../testing/index.ts';
import type { Value } from '../../program/value.ts';
import { dense, matmulReference, transposed } from './matmul.reference.ts';
import { productText } from './subgroup-broadcast.ts';
import { workgroupTileText } from './workgroup-tile.ts';

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

// What is generated, to be read and to be noticed when it changes. A bias only decides that there is one.
const bias: Value = { label: 'bias', shape: [1], dtype: 'f32', tensor: null, part: null };

test('subgroup-broadcast text of a 4 x 16 tile on 4 lanes', async () => {
  await expect(
    productText({ lanes: 4, tileRows: 4, vectors: 1, place: 'buffer' }, true, {}),
  ).toMatchFileSnapshot('snapshots/subgroup-broadcast.wgsl');
});

test('subgroup-broadcast text of a 4 x 32 tile at an edge, from textures, with bias and ReLU', async () => {
  const text = productText({ lanes: 4, tileRows: 4, vectors: 2, place: 'texture' }, false, {
    bias,
    relu: true,
  });
  await expect(text).toMatchFileSnapshot('snapshots/subgroup-broadcast-edge-bias-relu.wgsl');
});

test('workgroup-tile text', async () => {
  const text = workgroupTileText({ leftAlongK: true, rightAlongN: true }, {});
  await expect(text).toMatchFileSnapshot('snapshots/workgroup-tile.wgsl');
});

test('workgroup-tile text of two transposed operands, with bias and ReLU', async () => {
  const text = workgroupTileText({ leftAlongK: false, rightAlongN: false }, { bias, relu: true });
  await expect(text).toMatchFileSnapshot('snapshots/workgroup-tile-transposed-bias-relu.wgsl');
});
