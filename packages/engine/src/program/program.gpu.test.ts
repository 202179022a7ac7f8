import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  activation,
  adam,
  add,
  batchTopK,
  createMoments,
  layernorm,
  linear,
  mean,
  openDevice,
  topK,
  type Gpu,
} from '../index.ts';
import { createTensor, readTensor, writeTensor } from '../tensor/tensor.ts';
import { sample, seededRandom, upload, watchBuffers } from '../testing/index.ts';
import { ProgramBuilder } from './builder.ts';
import type { Kernel } from './kernel.ts';
import type { Scalar, Value } from './value.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

const vector = (label: string, ...values: number[]) =>
  upload(gpu, label, { shape: [values.length], values: Float64Array.from(values) });

/** A small network with all its gradients: x -> linear with ReLU -> layernorm -> mean. */
function network(p: ProgramBuilder) {
  const random = seededRandom(1);
  const parameter = (label: string, shape: number[]) =>
    p.persistent(upload(gpu, label, sample(shape, random.normal)));
  const x = parameter('x', [9, 6]);
  const [w, b, gain, bias] = [
    parameter('w', [6, 10]),
    parameter('b', [10]),
    parameter('gain', [10]),
    parameter('bias', [10]),
  ];
  const hidden = p.apply(linear, { x, w, b }, { relu: true, label: 'hidden' });
  const normal = p.apply(layernorm, { x: hidden, gain, bias }, { epsilon: 1e-5 });
  const loss = p.apply(mean, { x: normal }, {});
  const gradients = p.gradients(loss, p.persistent(vector('one', 1)), [w, b, gain, bias]);
  return [loss, ...gradients.values()].map((value) => p.output(value));
}

test('mistakes that would go unnoticed are refused in sentences', async () => {
  const x = vector('x', 1, 2);
  const p = new ProgramBuilder(gpu, 'sum');
  const value = p.persistent(x);
  expect(() => p.apply(add, { a: value, b: x as unknown as Value }, {})).toThrow(
    /^add\S*: expected a value of the program, got the tensor x itself; give p\.persistent\(tensor\)$/,
  );
  expect(() => p.apply(activation, { x: value }, { kind: 'swish' as 'relu' })).toThrow(
    'activation: expected a kind of relu, gelu, gelu_new, got swish',
  );
  const matrix = p.temporary('matrix', [2, 8]);
  for (const k of [0, -1, 1.5, NaN]) {
    expect(() => topK(p, matrix, k)).toThrow(`topK: expected a whole number above 0 for k, got ${k}`);
    expect(() => batchTopK(p, matrix, k)).toThrow(`batchTopK: expected a whole number above 0 for k, got`);
  }
  p.output(p.apply(add, { a: value, b: value }, {}));
  const program = await p.build();
  expect(() => p.apply(add, { a: value, b: value }, {})).toThrow(
    /^sum: expected all of a program to be recorded before build\(\), got add\S* after it; /,
  );
  program.destroy();
});

test('outputs that nothing writes or that come too late, and moments of another shape, are refused', async () => {
  const p = new ProgramBuilder(gpu, 'late');
  const x = p.persistent(vector('x', 1, 2));
  const y = p.apply(add, { a: x, b: x }, {});
  const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  const moments = createMoments(gpu, vector('another', 1, 2, 3));
  expect(() => adam(p, x, y, moments, options)).toThrow(
    /^adam: axis0 differs, parameter \(2\).* first .*\(3\)/,
  );
  const program = await p.build();
  expect(() => p.output(y)).toThrow(
    'late: expected every output to be named before build(), got x + x after it; call output() earlier',
  );
  program.destroy();
  const empty = new ProgramBuilder(gpu, 'empty');
  empty.output(empty.temporary('y', [2]));
  await expect(empty.build()).rejects.toThrow(
    'empty: expected a kernel that writes the output y (2), got none; ',
  );
});

test('a tensor of another device is refused where it is used, and both devices go on', async () => {
  const other = await openDevice();
  const stranger = createTensor(other, 'stranger', [2], Float32Array.of(1, 2));
  const p = new ProgramBuilder(gpu, 'mixed');
  const refusal = 'stranger: expected a tensor of the device that it is used on, got one of another; ';
  expect(() => p.persistent(stranger)).toThrow(refusal);
  expect(() => writeTensor(gpu, stranger, Float32Array.of(3))).toThrow(refusal);
  await expect(readTensor(gpu, stranger)).rejects.toThrow(refusal);
  expect([...(await readTensor(other, stranger))]).toEqual([1, 2]);
  other.close();
  await gpu.idle();
});

test('running a program again gives the same bits', async () => {
  const p = new ProgramBuilder(gpu, 'network');
  const tensors = network(p);
  const program = await p.build();
  const read = () =>
    Promise.all(tensors.map(async (tensor) => [...new Uint32Array((await readTensor(gpu, tensor)).buffer)]));
  await program.run();
  const first = await read();
  await program.run();
  expect(await read()).toEqual(first);
  program.destroy();
});

test('a program that runs 200 times makes nothing but command buffers, and destroying it frees all of its own', async () => {
  const watch = watchBuffers(gpu);
  const p = new ProgramBuilder(gpu, 'network');
  network(p);
  const inputs = watch.live.size;
  const program = await p.build();
  const built = watch.created.length;
  const made = countCreations();
  for (let run = 0; run < 200; run++) await program.run();
  await gpu.idle();
  watch.stop();
  expect(made()).toEqual({ createCommandEncoder: 200 });
  expect(watch.created.length).toBe(built);
  program.destroy();
  // Left are the tensors from outside: five parameters and the seed.
  expect([...watch.live].map((buffer) => buffer.label).toSorted()).toEqual([
    'b',
    'bias',
    'gain',
    'one',
    'w',
    'x',
  ]);
  expect(inputs).toBeGreaterThan(watch.live.size);
  await expect(program.run()).rejects.toThrow(
    'network: expected a program that is there, got one that was destroyed; build another',
  );
});

/** Counts every call of a device that makes an object, by name, until the count is asked for. */
function countCreations(): () => Record<string, number> {
  const { device } = gpu;
  const counts: Record<string, number> = {};
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(device)).filter((name) =>
    name.startsWith('create'),
  );
  expect(methods).toContain('createBindGroup');
  const own = device as unknown as Record<string, unknown>;
  for (const name of methods) {
    const method = (own[name] as (...args: unknown[]) => unknown).bind(device);
    own[name] = (...args: unknown[]) => {
      counts[name] = (counts[name] ?? 0) + 1;
      return method(...args);
    };
  }
  return () => {
    for (const name of methods) delete own[name];
    return counts;
  };
}

describe('submissions', () => {
  /** Runs the network with a budget of time for each submission; how many there were, and the results' bits. */
  async function runWithin(budgetMs: number, runs: number) {
    const p = new ProgramBuilder(gpu, 'network');
    const tensors = network(p);
    const program = await p.build();
    const { queue } = gpu.device;
    const submit = queue.submit.bind(queue);
    const onSubmittedWorkDone = queue.onSubmittedWorkDone.bind(queue);
    const usual = gpu.submissions.budgetMs;
    let submitted = 0;
    let done = 0;
    let most = 0;
    queue.submit = (buffers) => {
      submitted += 1;
      return submit(buffers);
    };
    queue.onSubmittedWorkDone = () => {
      const promise = onSubmittedWorkDone();
      void promise.then(() => (done += 1));
      return promise;
    };
    gpu.submissions.budgetMs = budgetMs;
    for (let run = 0; run < runs; run++) {
      await program.run();
      most = Math.max(most, submitted - done);
    }
    await gpu.idle();
    gpu.submissions.budgetMs = usual;
    delete (queue as Partial<GPUQueue>).submit;
    delete (queue as Partial<GPUQueue>).onSubmittedWorkDone;
    const bits = await Promise.all(
      tensors.map(async (tensor) => new Uint32Array((await readTensor(gpu, tensor)).buffer)),
    );
    program.destroy();
    return { submitted, most, bits };
  }

  test('of a short program are one a run; with next to no budget one a dispatch, with the same bits', async () => {
    const whole = await runWithin(100, 3);
    expect(whole.submitted).toBe(3);
    const cut = await runWithin(0.001, 3);
    expect(cut.submitted).toBeGreaterThan(30);
    expect(cut.bits).toEqual(whole.bits);
  });

  test('are in flight three at a time, however many are made', async () => {
    expect((await runWithin(100, 50)).most).toBeLessThanOrEqual(3);
    expect((await runWithin(0.001, 5)).most).toBeLessThanOrEqual(3);
  });
});

describe('scalars', () => {
  const SCALE: Kernel = {
    label: 'test/scale',
    source: `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> scalars: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
override SLOT: u32;
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3u) { y[id.x] = x[id.x] * scalars[SLOT]; }`,
  };

  async function scaling() {
    const p = new ProgramBuilder(gpu, 'scaling');
    const y = p.temporary('y', [3]);
    p.dispatch({
      kernel: SCALE,
      constants: { SLOT: p.scalar('factor') },
      bindings: [p.persistent(vector('x', 1, 2, 3)), p.scalars, y],
      groups: 3,
      cost: null,
    });
    const result = p.output(y);
    return { program: await p.build(), result };
  }

  test('reach the kernels anew at every run', async () => {
    const { program, result } = await scaling();
    for (const factor of [2, -0.5]) {
      await program.run({ factor });
      expect([...(await readTensor(gpu, result))]).toEqual([factor, 2 * factor, 3 * factor]);
    }
  });

  test('that are missing, unknown or no numbers stop the run', async () => {
    const { program } = await scaling();
    await expect(program.run({})).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ProgramError: scaling: expected a finite number for the scalar "factor", got undefined; give run() one]`,
    );
    await expect(program.run({ factor: 1, facter: 1 })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ProgramError: scaling: expected numbers for the scalars factor, got one for "facter"; leave it out, or give that scalar to an op]`,
    );
    await expect(program.run({ factor: NaN })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ProgramError: scaling: expected a finite number for the scalar "factor", got NaN; give run() one]`,
    );
  });

  test('cannot be computed with while a program is recorded, so that none is baked in', () => {
    const rate = new ProgramBuilder(gpu, 'baked').scalar('rate');
    const half = () => Number(rate) / 2;
    expect(half).toThrowErrorMatchingInlineSnapshot(
      `[ProgramError: expected a number, got the scalar "rate", which has none while a program is recorded; give ops the scalar itself, and its number to run()]`,
    );
    expect(() => JSON.stringify({ rate })).toThrow('"rate", which has none while a program is recorded');
    expect(() => `${rate as unknown as string}`).toThrow('"rate", which has none');
  });

  test('that no kernel reads, that come from another program, and constants that are no numbers are refused', async () => {
    const p = new ProgramBuilder(gpu, 'baked');
    const x = p.persistent(vector('x', 1, 2, 3));
    const y = p.temporary('y', [3]);
    const scale = (SLOT: number | Scalar) =>
      p.dispatch({ kernel: SCALE, constants: { SLOT }, bindings: [x, p.scalars, y], groups: 3, cost: null });
    expect(() => scale(NaN)).toThrowErrorMatchingInlineSnapshot(
      `[KernelError: test/scale: expected SLOT to be a finite number or a scalar of this program, got NaN]`,
    );
    expect(() => scale(new ProgramBuilder(gpu, 'other').scalar('rate'))).toThrowErrorMatchingInlineSnapshot(
      `[KernelError: test/scale: expected SLOT to be a finite number or a scalar of this program, got the scalar "rate" of another]`,
    );
    // A learning rate that is asked for and then given as a number would stay that of the first step.
    p.scalar('rate');
    scale(0);
    await expect(p.build()).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ProgramError: baked: expected a kernel that reads the scalar "rate", got none; give the scalar itself to an op, as a number of one run would be baked into all]`,
    );
  });
});

describe('gradients', () => {
  test('of a value used several times add up', async () => {
    // y = relu(x) + (x + x): dy/dx = 2 or 3.
    const p = new ProgramBuilder(gpu, 'several uses');
    const x = p.persistent(vector('x', -1, 2, 3));
    const twice = p.apply(add, { a: x, b: x }, {});
    const y = p.apply(add, { a: p.apply(activation, { x }, { kind: 'relu' }), b: twice }, {});
    const dx = p.output(p.gradients(y, p.persistent(vector('dy', 10, 1, 0.5)), [x]).get(x)!);
    await (await p.build()).run();
    expect([...(await readTensor(gpu, dx))]).toEqual([20, 3, 1.5]);
  });

  test('of a value in the middle stop there', async () => {
    const p = new ProgramBuilder(gpu, 'middle');
    const x = p.persistent(vector('x', -1, 2));
    const middle = p.apply(activation, { x }, { kind: 'relu' });
    const y = p.apply(add, { a: middle, b: middle }, {});
    const d = p.output(p.gradients(y, p.persistent(vector('dy', 1, 5)), [middle]).get(middle)!);
    await (await p.build()).run();
    expect([...(await readTensor(gpu, d))]).toEqual([2, 10]);
  });

  test('of a value that the output does not depend on, and for a seed of another shape, are refused', () => {
    const p = new ProgramBuilder(gpu, 'refused');
    const x = p.persistent(vector('x', 1, 2));
    const stranger = p.persistent(vector('stranger', 1, 2));
    const y = p.apply(add, { a: x, b: x }, {});
    expect(() => p.gradients(y, p.temporary('dy', [2]), [x, stranger])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: gradients: expected x + x (2) to come from stranger (2) by ops that p.apply recorded, got none that lead there; what is called as a function, as matmul is, has no gradient]`,
    );
    expect(() => p.gradients(y, p.temporary('dy', [3]), [x])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: gradients: expected a seed of the output's shape, got dy (3) for x + x (2)]`,
    );
  });
});

test('an output keeps its values while temporaries around it take turns in slots', async () => {
  const p = new ProgramBuilder(gpu, 'kept');
  const x = p.persistent(vector('x', 1, 2));
  const first = p.apply(add, { a: x, b: x }, {});
  const kept = p.output(first);
  let last = first;
  for (let i = 0; i < 5; i++) last = p.apply(add, { a: last, b: x }, {});
  const result = p.output(last);
  const program = await p.build();
  await program.run();
  expect([...(await readTensor(gpu, kept))]).toEqual([2, 4]);
  expect([...(await readTensor(gpu, result))]).toEqual([7, 14]);
  expect(program.describe()).toMatchInlineSnapshot(`
    "kept: 6 dispatches, 32 bytes of temporaries (64 unshared)
    slot 0: 16 bytes: x + x + x, x + x + x + x + x
    slot 1: 16 bytes: x + x + x + x, x + x + x + x + x + x"
  `);
});

test('a kernel that does not compile, or a constant it does not have, is named', async () => {
  const broken = new ProgramBuilder(gpu, 'broken');
  const unfinished: Kernel = { label: 'test/broken', source: 'fn main() { return 1; }' };
  broken.dispatch({ kernel: unfinished, bindings: [], groups: 1, cost: null });
  await expect(broken.build()).rejects.toThrow(/^kernel test\/broken does not compile on /);
  const kernel: Kernel = { label: 'test/misspelt', source: '@compute @workgroup_size(1) fn main() {}' };
  const misspelt = new ProgramBuilder(gpu, 'misspelt');
  misspelt.dispatch({ kernel, constants: { WIDHT: 1 }, bindings: [], groups: 1, cost: null });
  await expect(misspelt.build()).rejects.toThrow(/kernel test\/misspelt does not compile .*WIDHT/s);
});

test('a dispatch beyond 65,535 workgroups along an axis, or a value beyond one binding, is refused', () => {
  const p = new ProgramBuilder(gpu, 'too large');
  const kernel: Kernel = { label: 'test/large', source: '' };
  expect(() =>
    p.dispatch({ kernel, bindings: [], groups: [1, 65_536, 1], cost: null }),
  ).toThrowErrorMatchingInlineSnapshot(
    `[KernelError: test/large: expected at most 65535 workgroups an axis, got 1,65536,1]`,
  );
  const limit = gpu.device.limits.maxStorageBufferBindingSize;
  const huge = p.temporary('huge', [limit / 4 + 1]);
  expect(() => p.dispatch({ kernel, bindings: [huge], groups: 1, cost: null })).toThrow(
    `test/large: huge (${limit / 4 + 1}) exceeds the ${limit} bytes`,
  );
});

test('what WebGPU finds wrong with a first run is said with the kernel and what it was given', async () => {
  const p = new ProgramBuilder(gpu, 'faulty');
  const x = createTensor(gpu, 'x', [4]);
  p.output(p.apply(add, { a: p.persistent(x), b: p.persistent(x) }, {}));
  const program = await p.build();
  x.buffer.destroy();
  await expect(program.run()).rejects.toThrow(
    'faulty: add of x (4), x (4), x + x (4): expected x to be there, got one that was destroyed; destroy it after',
  );
});

test('profiling names every kernel in order, with its time, or says that the adapter has no clock', async () => {
  const p = new ProgramBuilder(gpu, 'profiled');
  const x = p.persistent(createTensor(gpu, 'x', [1000]));
  p.apply(add, { a: p.apply(activation, { x }, { kind: 'relu' }), b: x }, {});
  const program = await p.build();
  if (gpu.device.features.has('timestamp-query')) {
    const times = await program.profile();
    expect(times.map(({ label }) => label)).toEqual(['activation', 'add']);
    for (const { milliseconds } of times) expect(milliseconds).toBeGreaterThanOrEqual(0);
  } else {
    await expect(program.profile()).rejects.toThrow(/^profile: expected an adapter with timestamp queries/);
  }
});
