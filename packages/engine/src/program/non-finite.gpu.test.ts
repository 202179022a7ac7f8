import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  activation,
  activeMask,
  adam,
  adamScalars,
  add,
  createMoments,
  createTensor,
  describeNonFinite,
  linear,
  openDevice,
  ProgramBuilder,
  readTensor,
  sampledProduct,
  whereActive,
  writeTensor,
  type Gpu,
} from '../index.ts';
import {
  buildAndPoison,
  sample,
  seededRandom,
  sparseSample,
  upload,
  withLargestBinding,
} from '../testing/index.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** x -> linear -> twice itself -> GELU, and an Adam step of w; y can be read. */
async function network() {
  const random = seededRandom(1);
  const x = upload(gpu, 'x', sample([5, 6], random.normal));
  const w = upload(gpu, 'w', sample([6, 7], random.normal));
  const b = upload(gpu, 'b', sample([7], random.normal));
  const p = new ProgramBuilder(gpu, 'network');
  const values = { x: p.persistent(x), w: p.persistent(w), b: p.persistent(b) };
  const h = p.apply(linear, values, { relu: false, label: 'h' });
  const twice = p.apply(add, { a: h, b: h }, {});
  const y = p.apply(activation, { x: twice }, { kind: 'gelu' });
  const gradients = p.gradients(y, y, [values.w]);
  adam(p, values.w, gradients.get(values.w)!, createMoments(gpu, w), ADAM);
  const output = p.output(y);
  return { program: await p.build(), x, w, output };
}

test('a run that stays finite has nothing to tell, and leaves what a run leaves', async () => {
  const scalars = adamScalars(ADAM, 1, 0.1);
  const [plain, looked] = [await network(), await network()];
  await plain.program.run(scalars);
  expect(await looked.program.findNonFinite(scalars)).toBeNull();
  expect(await readTensor(gpu, looked.output)).toEqual(await readTensor(gpu, plain.output));
  expect(await readTensor(gpu, looked.w)).toEqual(await readTensor(gpu, plain.w));
});

test('the kernel that overflows is named, with the value, its shape and the first element', async () => {
  // Row 3 of h is x[3,2] + x[3,3] beside small terms; floats end at 3.4e38.
  const found = [];
  for (const large of [3e38, 1e38]) {
    const { program, x, w } = await network();
    writeTensor(gpu, w, new Float32Array(14).fill(1), 2 * 7);
    writeTensor(gpu, x, Float32Array.of(large, large), 3 * 6 + 2);
    found.push(await program.findNonFinite(adamScalars(ADAM, 1, 0.1)));
  }
  const [inProduct, inSum] = found;
  expect(inProduct).toMatchObject({
    program: 'network',
    label: 'h',
    shape: [5, 7],
    index: [3, 0],
    kind: 'infinity',
  });
  expect(inProduct!.kernel).toMatch(/^matmul\//);
  expect(inSum).toMatchObject({ kernel: 'add', label: 'h + h', index: [3, 0], kind: 'infinity' });
  expect(describeNonFinite(inSum!)).toMatch(
    /^h \+ h \(5,7\) has infinity from element \(3,0\) on, which add \(dispatch \d+ of \d+ of network\) made of finite values$/,
  );
});

test('what was not finite before the run is not blamed on a kernel', async () => {
  const { program, w } = await network();
  writeTensor(gpu, w, Float32Array.of(NaN, Infinity), 9);
  const found = await program.findNonFinite(adamScalars(ADAM, 1, 0.1));
  expect(found).toMatchObject({ kernel: null, label: 'w', shape: [6, 7], index: [1, 2] });
  expect(describeNonFinite(found!)).toBe(
    'w (6,7) has infinities and NaNs from element (1,2) on, before network ran',
  );
});

test('elements that no kernel writes, in places that others used before, are not found', async () => {
  const random = seededRandom(3);
  const f = upload(gpu, 'f', sparseSample(random, [40, 50]));
  const [d, w] = [sample([40, 8], random.normal), sample([50, 8], random.normal)];
  const p = new ProgramBuilder(gpu, 'sampled');
  const fValue = p.persistent(f);
  const offset = { scalar: p.scalar('offset'), scale: 1 };
  const mask = activeMask(p, fValue);
  const { h } = sampledProduct(
    p,
    p.persistent(upload(gpu, 'd', d)),
    p.persistent(upload(gpu, 'w', w)),
    fValue,
    mask,
    { offset },
  );
  const y = p.output(whereActive(p, h, fValue, offset));
  const program = await buildAndPoison(gpu, p, []);
  expect(await program.findNonFinite({ offset: 0.5 })).toBeNull();
  expect((await readTensor(gpu, y)).every(Number.isFinite)).toBe(true);
});

test('a value in several blocks is looked at whole, and the element is that of the whole', async () => {
  const small = withLargestBinding(gpu, 1024);
  const x = createTensor(small, 'x', [50, 20]);
  const p = new ProgramBuilder(small, 'blocks');
  const value = p.persistent(x);
  p.output(p.apply(add, { a: value, b: value }, {}));
  const program = await p.build();
  writeTensor(small, x, Float32Array.of(3e38), 43 * 20 + 7);
  expect(await program.findNonFinite()).toMatchObject({ kernel: 'add', label: 'x + x', index: [43, 7] });
});
