import { describe, expect, test, type TestContext } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { seededRandom } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { checkProduct, type ProductCase } from './check-product.ts';
import { transposed } from './matmul.reference.ts';
import { proofs } from './matmul.proof.ts';
import { matmul } from './matmul.ts';
import type { MatmulProblem } from './problem.ts';
import { chooseTile, recordSubgroupBroadcast } from './subgroup-broadcast.ts';
import { recordWorkgroupTile } from './workgroup-tile.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

const subgroupBroadcast = (p: ProgramBuilder, problem: MatmulProblem) =>
  recordSubgroupBroadcast(p, problem, chooseTile(p.gpu, problem));

// Around the tiles of 16 and 32 rows by 16 and 32 columns of one family, and of 64 x 64, 16 deep, of the other.
const SIZES = [
  [1, 1, 1],
  [7, 11, 13],
  [15, 16, 17],
  [16, 15, 16],
  [17, 33, 4],
  [31, 32, 5],
  [32, 31, 8],
  [33, 4, 3],
  [63, 65, 15],
  [64, 64, 16],
  [65, 63, 17],
  [12, 130, 20],
  [130, 12, 33],
] as const;

const TRANSPOSES = [
  { left: '', right: '' },
  { left: '', right: 'ᵀ' },
  { left: 'ᵀ', right: '' },
  { left: 'ᵀ', right: 'ᵀ' },
] as const;

const EPILOGUES = [{ scale: 0.125 }, { bias: true }, { relu: true }, { scale: -2, bias: true, relu: true }];

describe.each([
  { family: 'subgroup-broadcast', record: subgroupBroadcast, onCpuOnly: true },
  { family: 'workgroup-tile', record: recordWorkgroupTile, onCpuOnly: false },
])('$family', ({ record, onCpuOnly }) => {
  async function check(context: TestContext, product: ProductCase): Promise<void> {
    context.skip(onCpuOnly && !gpu.isCpu, 'a subgroup of a GPU is wider than this family knows');
    await checkProduct(gpu, record, seededRandom(1), product);
  }

  describe.each(TRANSPOSES)('left$left · right$right', ({ left, right }) => {
    test.for(SIZES)('agrees with float64 on M %i, N %i, K %i', async ([m, n, k], context) => {
      await check(context, { m, n, k, left: stored(m, k, left !== ''), right: stored(k, n, right !== '') });
    });
  });

  test.for(EPILOGUES)('applies %o, on whole vectors and at an edge', async (epilogue, context) => {
    await check(context, { m: 13, n: 16, k: 9, ...epilogue });
    await check(context, { m: 13, n: 15, k: 9, ...epilogue });
  });

  test('applies an epilogue on several tiles both ways', async (context) => {
    await check(context, { m: 70, n: 68, k: 5, bias: true, relu: true });
  });

  test.for([4, 3])(
    'takes heads of width %i out of joint queries, keys and values, as attention does',
    async (width, context) => {
      const [sequences, heads, positions] = [2, 3, 5];
      const batch = [sequences, heads] as const;
      const joint = 3 * heads * width;
      const head = (part: number, columns: number) => ({
        offset: part * heads * width,
        rowStride: columns,
        columnStride: 1,
        batchStrides: [positions * columns, width] as const,
      });
      const queries = head(0, joint);
      const keys = transposed(head(1, joint));
      const values = head(2, joint);
      await check(context, {
        m: positions,
        n: positions,
        k: width,
        batch,
        left: queries,
        right: keys,
        scale: 0.5,
      });
      await check(context, {
        m: positions,
        n: width,
        k: positions,
        batch,
        right: values,
        out: head(0, heads * width),
      });
      const scores = {
        offset: 0,
        rowStride: positions,
        columnStride: 1,
        batchStrides: [heads * positions ** 2, positions ** 2] as const,
      };
      await check(context, {
        m: positions,
        n: width,
        k: positions,
        batch,
        left: transposed(scores),
        right: queries,
        out: head(1, joint),
      });
    },
  );

  test('takes a matrix that starts off a vector boundary, with rows apart', async (context) => {
    const apart = { offset: 3, rowStride: 23, columnStride: 1, batchStrides: [0, 0] as const };
    await check(context, { m: 6, n: 8, k: 12, left: apart, right: apart, out: apart });
    await check(context, {
      m: 6,
      n: 8,
      k: 12,
      left: transposed(apart),
      right: transposed(apart),
      out: apart,
    });
  });
});

test('packing reaches every element when its grid folds past 65,535 workgroups', async (context) => {
  context.skip(!gpu.isCpu, 'only the family for CPUs packs');
  // A panel is as wide as the subgroup: at this depth each batch takes two workgroups of 64.
  const k = 128 / gpu.subgroupSize;
  await checkProduct(gpu, subgroupBroadcast, seededRandom(1), { m: 1, n: 1, k, batch: [32_769, 1] });
});

test('matmul turns the operands that it is asked to', () => {
  const p = new ProgramBuilder(gpu, 'turned');
  const wide = p.temporary('wide', [32, 512]);
  const tall = p.temporary('tall', [2048, 512]);
  expect(matmul(p, wide, tall, { transposeRight: true }).shape).toEqual([32, 2048]);
  expect(matmul(p, tall, tall, { transposeLeft: true }).shape).toEqual([512, 512]);
});

test('matmul refuses inner dimensions that differ, and what is no matrix, showing shapes', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const wide = p.temporary('wide', [32, 512]);
  const tall = p.temporary('tall', [2048, 512]);
  expect(() => matmul(p, wide, tall)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: matmul: inner dimensions differ, left (32,512) and right (2048,512)]`,
  );
  expect(() => matmul(p, wide, tall, { transposeLeft: true })).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: matmul: inner dimensions differ, left (32,512) transposed and right (2048,512)]`,
  );
  expect(() => matmul(p, wide, p.temporary('vector', [512]))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: matmul: expected a matrix, got vector (512)]`,
  );
});

/** A row-major (rows, columns) matrix, or one whose transpose is stored. */
function stored(rows: number, columns: number, transpose: boolean) {
  const matrix = { offset: 0, rowStride: columns, columnStride: 1, batchStrides: [0, 0] as const };
  return transpose ? transposed({ ...matrix, rowStride: rows }) : matrix;
}
