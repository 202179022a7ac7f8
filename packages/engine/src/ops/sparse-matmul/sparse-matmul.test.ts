import { test } from 'vitest';
import { checkGradient, sample, seededRandom, sparseSample } from '../../testing/index.ts';
import { columnSumReference } from '../column-sum/column-sum.reference.ts';
import { sampledProductReference } from '../sampled-product/sampled-product.reference.ts';
import { sparseTransposedMatmulReference } from '../sparse-transposed-matmul/sparse-transposed-matmul.reference.ts';
import { sparseMatmulReference } from './sparse-matmul.reference.ts';

test('the gradients of a sparse product are a sampled product, a sparse transposed one and a column sum', () => {
  const random = seededRandom(1);
  // An entry of f that is exactly zero sits on the kink of "positive": those become -1.
  const f = sparseSample(random, [8, 9]);
  checkGradient(
    {
      forward: (point) => sparseMatmulReference(point.f, point.w, point.bias),
      backward: (point, cotangent) => ({
        f: sampledProductReference(cotangent, point.w, point.f, 4, 0).h,
        w: sparseTransposedMatmulReference(point.f, cotangent, 4),
        bias: columnSumReference(cotangent, 4),
      }),
    },
    {
      f: { ...f, values: f.values.map((value) => (value === 0 ? -1 : value)) },
      w: sample([9, 4], random.normal),
      bias: sample([4], random.normal),
    },
  );
});
