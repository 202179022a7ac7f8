import { describe, expect, test } from 'vitest';
import { bindDimensions, describeShape, sameShape, sizeOf } from './shape.ts';

test('the size of a shape is the product of its extents, and a scalar has one element', () => {
  expect(sizeOf([3, 4, 5])).toBe(60);
  expect(sizeOf([1])).toBe(1);
});

test('shapes are the same when all extents and their number are', () => {
  expect(sameShape([2, 3], [2, 3])).toBe(true);
  expect(sameShape([2, 3], [3, 2])).toBe(false);
  expect(sameShape([2, 3], [2, 3, 1])).toBe(false);
  expect(describeShape([2, 3])).toBe('(2,3)');
});

describe('bindDimensions', () => {
  const pattern = { x: ['N', 'D'], w: ['D', 'M'] } as const;

  test('gives the extent of every name', () => {
    expect(bindDimensions('linear', pattern, { x: { shape: [5, 3] }, w: { shape: [3, 7] } })).toEqual({
      N: 5,
      D: 3,
      M: 7,
    });
  });

  test('shows both sides where a name has two extents', () => {
    const bind = () => bindDimensions('linear', pattern, { x: { shape: [5, 3] }, w: { shape: [4, 7] } });
    expect(bind).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: linear: D differs, x (5,3) says 3 and w (D,M) (4,7) says 4]`,
    );
  });

  test('shows what it expected where the number of axes differs', () => {
    const bind = () => bindDimensions('linear', pattern, { x: { shape: [5, 3, 1] }, w: { shape: [3, 7] } });
    expect(bind).toThrowErrorMatchingInlineSnapshot(`[ShapeError: linear: expected x (N,D), got (5,3,1)]`);
  });
});
