import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../device/gpu.ts';
import type { Candidate } from '../ops/matmul/family.ts';
import { candidates } from '../ops/matmul/families.ts';
import { matmul } from '../ops/matmul/matmul.ts';
import { recordNaive } from '../ops/matmul/naive.ts';
import { view, type MatmulProblem } from '../ops/matmul/problem.ts';
import { ProgramBuilder } from '../program/builder.ts';
import { readTensor } from '../tensor/tensor.ts';
import { asHardware, openUnchecked, sample, seededRandom, upload } from '../testing/index.ts';
import { measureKernels } from './measure-kernels.ts';
import { Tuning, type Choices, type Measurement } from './tuning.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

const naive = (name: string, problem: MatmulProblem): Candidate => ({
  name,
  record: (p) => recordNaive(p, problem),
});

test('a kernel that is wrong never wins, however fast it is', async () => {
  const p = new ProgramBuilder(gpu, 'like');
  const [m, n, k] = [40, 36, 130];
  const problem: MatmulProblem = {
    label: 'product',
    m,
    n,
    k,
    batch: [1, 1],
    left: view(p.temporary('left', [m, k])),
    right: view(p.temporary('right', [n, k]), { transpose: true }),
    out: view(p.temporary('out', [m, n])),
    epilogue: {
      accumulate: true,
      scale: 0.3,
      bias: p.temporary('bias', [n]),
      mask: p.temporary('mask', [m, n]),
      offset: { scalars: p.scalars, scalar: p.scalar('penalty'), scale: 3 },
    },
  };
  const measured = await measureKernels(gpu, problem, (of) => [
    { name: 'does nothing', record: (q) => recordNaive(q, { ...of, m: 1, n: 1 }) },
    naive('half of the depth', { ...of, k: k / 2 }),
    naive('all but the last row', { ...of, m: m - 1 }),
    naive('without its bias', { ...of, epilogue: { ...of.epilogue, bias: undefined } as never }),
    {
      name: 'does not compile',
      record: (q) =>
        q.dispatch({
          kernel: { label: 'broken', source: 'fn main( {' },
          bindings: [],
          groups: 1,
          cost: null,
        }),
    },
    naive('right', of),
  ]);
  expect(measured).toEqual({
    choice: 'right',
    suggested: 'right',
    undecided: false,
    kernels: { right: { rounds: 0, milliseconds: expect.any(Number) as number, ratio: 1, spread: 0 } },
    wrong: [
      'does nothing',
      'half of the depth',
      'all but the last row',
      'without its bias',
      'does not compile',
    ],
  });
  await expect(
    measureKernels(gpu, problem, (of) => [naive('half of the depth', { ...of, k: k / 2 })]),
  ).rejects.toThrow(/^product: expected a kernel that agrees with the naive one on .*, got none of half/);
});

test('the faster of two kernels wins, whichever comes first', async () => {
  const p = new ProgramBuilder(gpu, 'like');
  const side = 64;
  const problem: MatmulProblem = {
    label: 'product',
    m: side,
    n: side,
    k: side,
    batch: [1, 1],
    left: view(p.temporary('left', [side, side])),
    right: view(p.temporary('right', [side, side])),
    out: view(p.temporary('out', [side, side])),
    epilogue: {},
  };
  const slow = (of: MatmulProblem): Candidate => ({
    name: 'sixteen times over',
    record: (q) => {
      for (let i = 0; i < 16; i++) recordNaive(q, of);
    },
  });
  const measured = await measureKernels(gpu, problem, (of) => [slow(of), naive('once', of)]);
  expect(measured.choice).toBe('once');
});

/** y = x · w of a device tuned so, of few tiles and a long depth, and what was chosen. */
async function product(on: Gpu, tuning: Tuning) {
  const [m, n, k] = [8, 12, 1100];
  const random = seededRandom(3);
  let chosen: Choices = {};
  tuning.begin({}, (choices) => (chosen = choices));
  on.tuning = tuning;
  const x = upload(on, 'x', sample([m, k], random.normal));
  const w = upload(on, 'w', sample([k, n], random.normal));
  try {
    const p = new ProgramBuilder(on, 'product');
    const y = matmul(p, p.persistent(x), p.persistent(w));
    const out = p.output(y);
    // What comes after a product that is measured must see what it wrote.
    const z = matmul(p, y, y, { transposeLeft: true });
    const square = p.output(z);
    const program = await p.build();
    await program.run();
    const bytes = Buffer.concat(
      await Promise.all(
        [out, square].map(async (tensor) => Buffer.from((await readTensor(on, tensor)).buffer)),
      ),
    );
    program.destroy();
    return { bytes, chosen };
  } finally {
    for (const { buffer } of [x, w]) buffer.destroy();
    on.tuning = new Tuning();
  }
}

test('what is measured as a program is built is chosen, and what was chosen gives the same bytes again', async () => {
  const measured = new Map<string, Measurement>();
  const tuned = await product(
    gpu,
    new Tuning({ measured: (shape, measurement) => measured.set(shape, measurement) }),
  );
  expect(Object.keys(tuned.chosen)).toEqual([
    'm8 n16 k2048 rows rows vectors',
    'm16 n16 k8 columns rows vectors',
  ]);
  expect(tuned.chosen).toEqual(
    Object.fromEntries([...measured].map(([shape, { choice }]) => [shape, choice])),
  );
  expect([...measured.values()].flatMap(({ wrong }) => wrong)).toEqual([]);
  expect(await product(gpu, new Tuning({ pinned: tuned.chosen }))).toEqual(tuned);
});

test('kernels that add in another order give other bytes, and the same ones where they are pinned', async (context) => {
  context.skip(gpu.adapterClass === 'cpu-wide', 'kernels with barriers take too long to compile here');
  const on = asHardware(gpu);
  const shape = 'm8 n16 k2048 rows rows vectors';
  const p = new ProgramBuilder(on, 'names');
  const problem: MatmulProblem = {
    label: 'product',
    m: 8,
    n: 12,
    k: 1100,
    batch: [1, 1],
    left: view(p.temporary('x', [8, 1100])),
    right: view(p.temporary('w', [1100, 12])),
    out: view(p.temporary('y', [8, 12])),
    epilogue: {},
  };
  const names = candidates(on, problem).map(({ name }) => name);
  const tile = names.find((name) => /^workgroup-tile 32x32.* in parts$/.test(name))!;
  const whole = tile.replace(' in parts', '');
  expect(names).toContain(whole);
  const [one, again, other] = [
    await product(on, new Tuning({ pinned: { [shape]: tile } })),
    await product(on, new Tuning({ pinned: { [shape]: tile } })),
    await product(on, new Tuning({ pinned: { [shape]: whole } })),
  ];
  expect(again.bytes.equals(one.bytes)).toBe(true);
  expect(other.bytes.equals(one.bytes)).toBe(false);
});
