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

  test('says which operand is missing', () => {
    const bind = () => bindDimensions('linear', pattern, { x: { shape: [5, 3] } });
    expect(bind).toThrowErrorMatchingInlineSnapshot(`[ShapeError: linear: expected w (D,M), got none]`);
  });

  test('says what holds floats and what whole numbers where they are mixed up', () => {
    const table = { shape: [7, 3], dtype: 'f32', label: 'wte' } as const;
    const ids = { shape: [5], dtype: 'u32', label: 'ids' } as const;
    const bind = (tokens: typeof ids | typeof table, rows: typeof ids | typeof table) => () =>
      bindDimensions('gather', { tokens: { u32: ['N'] }, table: ['V', 'D'] }, { tokens, table: rows });
    expect(bind(ids, table)()).toEqual({ N: 5, V: 7, D: 3 });
    expect(bind(table, table)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: gather: expected tokens (N) of u32, got wte (7,3) of f32]`,
    );
    expect(bind(ids, ids)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: gather: expected table (V,D) of f32, got ids (5) of u32]`,
    );
  });

  test('shows what it expected where the number of axes differs', () => {
    const bind = () => bindDimensions('linear', pattern, { x: { shape: [5, 3, 1] }, w: { shape: [3, 7] } });
    expect(bind).toThrowErrorMatchingInlineSnapshot(`[ShapeError: linear: expected x (N,D), got (5,3,1)]`);
  });
});
