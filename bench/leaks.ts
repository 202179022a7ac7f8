/**
 * What is left behind after many steps: a program is run with new inputs, and read now and then, 80,000 times. Buffers
 * alive, JavaScript memory and the memory of the whole process every 10,000 steps; pools of the driver and of the
 * allocator fill first, so what counts is whether the last figures rise. One adapter a time:
 * MONOSEMA_ADAPTER=swiftshader node leaks.ts
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  add,
  createTensor,
  linear,
  openDevice,
  ProgramBuilder,
  readTensor,
  writeTensor,
} from '@monosema/engine';
import { currentLoad, writeResults } from './harness.ts';

const STEPS = 10_000;
const ROUNDS = 8;
const READ_EVERY = 10;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const gpu = await openDevice();
const load = currentLoad();
let live = 0;
const { device } = gpu;
const createBuffer = device.createBuffer.bind(device);
device.createBuffer = (descriptor) => {
  const buffer = createBuffer(descriptor);
  const destroy = buffer.destroy.bind(buffer);
  let alive = true;
  live += 1;
  buffer.destroy = () => {
    if (alive) live -= 1;
    alive = false;
    return destroy();
  };
  return buffer;
};

const p = new ProgramBuilder(gpu, 'small');
const input = createTensor(gpu, 'x', [4, 8]);
const h = p.apply(
  linear,
  {
    x: p.persistent(input),
    w: p.persistent(createTensor(gpu, 'w', [8, 4])),
    b: p.persistent(createTensor(gpu, 'b', [4])),
  },
  { relu: true, label: 'h' },
);
const output = p.output(p.apply(add, { a: h, b: h }, {}));
const program = await p.build();
const batch = new Float32Array(32);

const results = [];
for (let round = 0; round <= ROUNDS; round++) {
  const figures = { steps: round * STEPS, buffers: live, ...(await settled()) };
  process.stdout.write(
    `${gpu.name}: after ${figures.steps} steps ${figures.buffers} buffers, ${figures.javascriptMB} MB of JavaScript, ${figures.processMB} MB in all\n`,
  );
  results.push(figures);
  if (round === ROUNDS) break;
  for (let step = 0; step < STEPS; step++) {
    batch[0] = step;
    writeTensor(gpu, input, batch);
    await program.run();
    if (step % READ_EVERY === 0) await readTensor(gpu, output);
  }
}
writeResults(`leaks-${gpu.adapterClass}`, gpu, load, results);
gpu.close();

/** With nothing in flight and nothing left to collect. */
async function settled(): Promise<{ javascriptMB: number; processMB: number }> {
  await gpu.idle();
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  const megabytes = (bytes: number) => Number((bytes / 2 ** 20).toFixed(2));
  return { javascriptMB: megabytes(heapUsed + external), processMB: megabytes(rss) };
}
