import { describe, expect, test, type TestContext } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { asHardware, seededRandom } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { checkProduct, type ProductCase } from './check-product.ts';
import type { Candidate } from './family.ts';
import { candidates } from './families.ts';
import { proofs } from './matmul.proof.ts';
import { matmul } from './matmul.ts';
import { recordNaive } from './naive.ts';
import { transposed, type MatmulProblem } from './problem.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

type Record = (p: ProgramBuilder, problem: MatmulProblem) => void;

/**
 * Each family in a configuration of small tiles, which compile in a moment; the others take their turn further down.
 * That of hardware runs on every adapter.
 */
const FAMILIES = [
  { kernels: 'subgroup-broadcast, packed', config: /^subgroup-broadcast 8x(16|32) left [bt].* right [bt]/ },
  { kernels: 'subgroup-broadcast, in place', config: /^subgroup-broadcast 8x(16|32) left direct/ },
  { kernels: 'register-tile', config: /^register-tile 4x4/ },
  { kernels: 'workgroup-tile', config: /^workgroup-tile 32x32/ },
] as const;

const kernelsOf = (config: RegExp, problem: MatmulProblem): Candidate[] =>
  [...candidates(gpu, problem), ...candidates(asHardware(gpu), problem)].filter(({ name }) =>
    config.test(name),
  );

// Around tiles of 4, 8 and 32 rows by 16 and 32 columns, 16 deep.
const SIZES = [
  [1, 1, 1],
  [3, 16, 4],
  [4, 15, 3],
  [5, 17, 5],
  [7, 32, 15],
  [8, 31, 16],
  [9, 33, 17],
  [31, 64, 13],
  [32, 65, 20],
  [33, 63, 33],
  [12, 130, 7],
] as const;

const TRANSPOSES = [
  { left: '', right: '' },
  { left: '', right: 'ᵀ' },
  { left: 'ᵀ', right: '' },
  { left: 'ᵀ', right: 'ᵀ' },
] as const;

const EPILOGUES: readonly Omit<ProductCase, 'm' | 'n' | 'k'>[] = [
  { scale: 0.125 },
  { bias: true },
  { relu: true },
  { mask: true },
  { add: true },
  { offset: 0.75, mask: true },
  { accumulate: true },
  { scale: -2, bias: true, relu: true },
  { accumulate: true, scale: -2, bias: true, relu: true, offset: 0.5, mask: true, add: true },
];

/** A kernel with barriers takes lavapipe seconds to compile, and SwiftShader milliseconds. */
const slowBarriers = gpu.adapterClass === 'cpu-wide';

describe.each(FAMILIES)('$kernels', ({ kernels, config }) => {
  async function check(context: TestContext, product: ProductCase, always = false): Promise<void> {
    context.skip(kernels.startsWith('subgroup') && !gpu.isCpu, 'this family is for rasterisers');
    context.skip(kernels === 'workgroup-tile' && slowBarriers && !always, 'too slow to compile here');
    const record: Record = (p, problem) => kernelsOf(config, problem)[0]!.record(p);
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
    await check(context, { m: 70, n: 132, k: 5, bias: true, relu: true, mask: true }, true);
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

test.each([
  { m: 64, n: 128, k: 16, turned: false },
  { m: 65, n: 132, k: 19, turned: true },
  { m: 16, n: 20, k: 530, turned: false },
])(
  'every configuration of every family computes M $m, N $n, K $k, turned: $turned',
  async ({ m, n, k, turned }) => {
    const product = { m, n, k, left: stored(m, k, turned), right: stored(k, n, turned) };
    const names = new Set<string>();
    await checkProduct(
      gpu,
      (p, problem) => {
        const kernels = slowBarriers ? /^(?!workgroup-tile)/ : /./;
        for (const { name } of kernelsOf(kernels, problem)) names.add(name);
        recordNaive(p, problem);
      },
      seededRandom(1),
      product,
    );
    expect(names.size).toBeGreaterThan(8);
    for (const name of names) {
      const record: Record = (p, problem) =>
        kernelsOf(/./, problem)
          .find((candidate) => candidate.name === name)!
          .record(p);
      await checkProduct(gpu, record, seededRandom(1), product).catch((error: Error) => {
        throw new Error(`${name}: ${error.message}`);
      });
    }
  },
);

test.for(EPILOGUES)('the naive kernel, against which families are verified, applies %o', async (epilogue) => {
  await checkProduct(gpu, recordNaive, seededRandom(1), { m: 13, n: 15, k: 9, ...epilogue });
});

test('packing reaches every element when its grid has more than 65,535 workgroups along an axis', async (context) => {
  context.skip(!gpu.isCpu, 'only the family for rasterisers packs');
  const packed: Record = (p, problem) => kernelsOf(FAMILIES[0].config, problem)[0]!.record(p);
  await checkProduct(gpu, packed, seededRandom(1), { m: 1, n: 1, k: 3, batch: [65_537, 1] });
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
