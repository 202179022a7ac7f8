import { expect, test } from 'vitest';
import type { Gpu } from '../device/gpu.ts';
import { sizeOf, type Shape } from '../tensor/shape.ts';
import { seededRandom } from '../testing/index.ts';
import { flat, rowBlocks, rows } from './rows.ts';
import type { Value } from './value.ts';

const limited = (largestBinding: number) => ({ largestBinding, name: 'an adapter' }) as Gpu;
const value = (label: string, shape: Shape): Value => ({
  label,
  shape,
  dtype: 'f32',
  tensor: null,
  part: null,
});

test('blocks cover all rows once, in order, fit a binding, and begin where a binding and the op may', () => {
  let split = 0;
  for (let seed = 0; seed < 500; seed++) {
    const random = seededRandom(seed);
    const all = 1 + random.below(3000);
    const limit = 256 * (1 + random.below(200));
    const multiple = [1, 32, 24][random.below(3)]!;
    const values = Array.from({ length: 1 + random.below(3) }, (_, i) =>
      value(`v${i}`, [all, 1 + random.below(40)]),
    );
    let blocks;
    try {
      blocks = rowBlocks(limited(limit), values, multiple);
    } catch {
      continue; // too little room for the rows that must stay together; the next test has the message
    }
    let next = 0;
    for (const block of blocks) {
      expect(block.from).toBe(next);
      expect(block.from % multiple).toBe(0);
      next += block.count;
      for (const each of values) expect(4 * sizeOf(rows(each, block).shape)).toBeLessThanOrEqual(limit);
    }
    expect(next).toBe(all);
    if (blocks.length > 1) split += 1;
    else expect(blocks).toEqual([{ from: 0, count: all }]);
    // Equal blocks share their pipelines.
    expect(new Set(blocks.slice(0, -1).map(({ count }) => count)).size).toBeLessThanOrEqual(1);
  }
  expect(split).toBeGreaterThan(200);
});

test('what fits stays whole, and is the value itself', () => {
  const x = value('x', [3, 5]);
  expect(rowBlocks(limited(60), [x])).toEqual([{ from: 0, count: 3 }]);
  expect(rows(x, { from: 0, count: 3 })).toBe(x);
});

test('a block knows what it is part of and where, also as a part of a part', () => {
  const x = value('x', [100, 64]);
  const inner = rows(rows(x, { from: 10, count: 50 }), { from: 5, count: 20 });
  expect(inner).toMatchObject({ shape: [20, 64], part: { whole: x, byteOffset: 15 * 256 } });
  expect(rows(flat(x), { from: 640, count: 64 })).toMatchObject({
    shape: [64],
    part: { whole: x, byteOffset: 2560 },
  });
});

test('rows that are not there, that begin between two places of a binding, or of which one is too long are refused', () => {
  const x = value('x', [8, 3]);
  expect(() => rows(x, { from: 4, count: 5 })).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: rows: expected rows of x (8,3) that begin at a multiple of 256 bytes, got 5 from 4 of 12 bytes each]`,
  );
  expect(() => rows(x, { from: 1, count: 2 })).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: rows: expected rows of x (8,3) that begin at a multiple of 256 bytes, got 2 from 1 of 12 bytes each]`,
  );
  expect(() => rowBlocks(limited(1024), [value('logits', [4, 512])])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: logits: expected 1 rows of (4,512) to fit the 1024 bytes that an adapter binds at once, got 2048 bytes; use a smaller width, or one divisible by 64]`,
  );
});

test('rows whose work is long for one dispatch are cut where a binding may begin, and short ones are not', () => {
  const slow = (adapterClass: Gpu['adapterClass']) => {
    const submissions = { budgetMs: 100 };
    return { largestBinding: 2 ** 30, name: 'slow', adapterClass, software: false, submissions } as Gpu;
  };
  const x = value('x', [4096, 4096]);
  const work = { flops: 0, bytes: 4 * 2 * 4096 * 4096 };
  const cut = (gpu: Gpu, multiple?: number) => rowBlocks(gpu, [x], multiple, work);
  // 134 MB: a tenth of a second at ten gigabytes a second, and many at half of one.
  expect(cut(slow('gpu'))).toHaveLength(1);
  const blocks = cut(slow('cpu-narrow'));
  expect(blocks).toHaveLength(3);
  expect(blocks.reduce((sum, { count }) => sum + count, 0)).toBe(4096);
  expect(cut(slow('cpu-narrow'), 1024).map(({ from }) => from)).toEqual([0, 1024, 2048, 3072]);
  // What must stay together does, however long it takes.
  expect(cut(slow('cpu-narrow'), 8192)).toHaveLength(1);
  expect(rowBlocks(slow('cpu-narrow'), [x])).toHaveLength(1);
});
