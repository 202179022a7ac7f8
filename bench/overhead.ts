/**
 * What running a program costs beside its kernels: 25 dispatches on tiny tensors, with scalars that change at every
 * run. Encoding is the time until the run is submitted; a step is everything, kernels and waiting included. One
 * adapter a time: MONOSEMA_ADAPTER=swiftshader node overhead.ts
 */
import {
  createTensor,
  openDevice,
  ProgramBuilder,
  readTensor,
  type Kernel,
  type Program,
  type Tensor,
} from '@monosema/engine';
import { currentLoad, writeResults } from './harness.ts';

const DISPATCHES = 25;
const ELEMENTS = 16;
const RUNS = 500;
const ROUNDS = 7;

/** Five kernels that take turns, so that every dispatch sets a pipeline as those of a real step do. */
const kernels = Array.from({ length: 5 }, (_, addend): Kernel => ({
  label: `scale and add ${addend}`,
  source: `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> scalars: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
override SLOT: u32;
@compute @workgroup_size(${ELEMENTS})
fn main(@builtin(global_invocation_id) id: vec3u) { y[id.x] = x[id.x] * scalars[SLOT] + ${addend}.0; }`,
}));

const gpu = await openDevice();
const load = currentLoad();
const { program, output } = await build();
await check();
await round();
const rounds: { encodeMicroseconds: number; stepMilliseconds: number }[] = [];
for (let i = 0; i < ROUNDS; i++) rounds.push(await round());
const encode = spread(rounds.map(({ encodeMicroseconds }) => encodeMicroseconds));
const step = spread(rounds.map(({ stepMilliseconds }) => stepMilliseconds));
process.stdout.write(
  `${gpu.name}: ${encode.median} µs a dispatch to encode, ${step.median} ms a step of ${DISPATCHES} dispatches\n`,
);
writeResults(`overhead-${gpu.adapterClass}`, gpu, load, [
  { measure: 'encode, µs a dispatch', dispatches: DISPATCHES, runs: RUNS, ...encode, rounds: ROUNDS },
  { measure: 'step, ms', dispatches: DISPATCHES, runs: RUNS, ...step, rounds: ROUNDS },
]);
gpu.close();

async function build(): Promise<{ program: Program; output: Tensor }> {
  const p = new ProgramBuilder(gpu, 'overhead');
  const factor = p.scalar('factor');
  let value = p.persistent(createTensor(gpu, 'x', [ELEMENTS], new Float32Array(ELEMENTS).fill(1)));
  for (let i = 0; i < DISPATCHES; i++) {
    const next = p.temporary(`x${i + 1}`, [ELEMENTS]);
    p.dispatch({
      kernel: kernels[i % kernels.length]!,
      constants: { SLOT: factor },
      bindings: [value, p.scalars, next],
      groups: 1,
      cost: { flops: 2 * ELEMENTS, bytes: 8 * ELEMENTS },
    });
    value = next;
  }
  const kept = p.output(value);
  return { program: await p.build(), output: kept };
}

/** A wrong result has no time. */
async function check(): Promise<void> {
  await program.run({ factor: 0.5 });
  let want = 1;
  for (let i = 0; i < DISPATCHES; i++) want = Math.fround(want * 0.5 + (i % kernels.length));
  const got = await readTensor(gpu, output);
  if (!got.every((value) => value === want))
    throw new Error(`overhead: expected ${want}, got ${got.join(', ')}`);
}

/** The median time to encode over the runs of a round, and the mean time of a step. */
async function round(): Promise<{ encodeMicroseconds: number; stepMilliseconds: number }> {
  const encoding: number[] = [];
  const started = performance.now();
  for (let run = 0; run < RUNS; run++) {
    const began = performance.now();
    const submitted = program.run({ factor: run / RUNS });
    encoding.push(performance.now() - began);
    await submitted;
  }
  await gpu.idle();
  const stepMilliseconds = (performance.now() - started) / RUNS;
  encoding.sort((a, b) => a - b);
  return { encodeMicroseconds: (1000 * encoding[RUNS / 2]!) / DISPATCHES, stepMilliseconds };
}

function spread(values: readonly number[]): { median: number; range: readonly [number, number] } {
  const sorted = values.toSorted((a, b) => a - b).map((value) => Number(value.toPrecision(3)));
  return { median: sorted[Math.floor(sorted.length / 2)]!, range: [sorted[0]!, sorted.at(-1)!] };
}
