/**
 * Times training steps of dictionaries beside PyTorch's on the same cores, or the same GPU, by the wall clock, in turns:
 * node against-pytorch.ts [--cuda] [dense:1024x512x4096 topk:1024x512x4096 ...]
 *
 * On a GPU both submit steps one after the other and wait for the last, as training does. It needs a python3 that has torch (Debian: apt install python3-torch libopenblas0-pthread); PYTHON names another.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { openDevice, readTensor } from '@monosema/engine';
import { paper } from '../packages/trainer/src/dictionary/architectures/paper.ts';
import { topk } from '../packages/trainer/src/dictionary/architectures/topk.ts';
import { currentLoad, writeResults } from './harness.ts';
import { scalarsOf, wideStep } from './steps.ts';

/** Active features of a vector; about so many with L1. */
const ACTIVE = 32;
/** Rounds end at the most, or when they have taken long enough and there were the fewest. */
const ROUNDS = { fewest: 3, most: 9, afterSeconds: 15 };
const ALL = ['dense', 'topk'].flatMap((kind) => [4096, 16_384, 65_536].map((F) => `${kind}:1024x512x${F}`));
/** Threads of PyTorch's spin for a moment after they have worked. */
const PAUSE_MS = 50;

interface Peer {
  readonly torch: string;
  readonly threads: number;
  readonly device: string;
  readonly forms: readonly string[];
  readonly time: (form: string) => Promise<number>;
  readonly end: () => void;
}

const { values, positionals } = parseArgs({
  options: { cuda: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const device = values.cuda ? 'cuda' : 'cpu';
const STEPS = values.cuda ? 50 : 1;
const problems = positionals.length > 0 ? positionals : ALL;
const gpu = await openDevice();
for (const problem of problems) await race(problem);
gpu.close();

async function race(problem: string): Promise<void> {
  const [kind, sizes] = problem.split(':');
  const [batch, width, features] = (sizes ?? '').split('x').map(Number);
  if ((kind !== 'dense' && kind !== 'topk') || !features)
    throw new Error(`against-pytorch: expected dense:BxAxF or topk:BxAxF, got "${problem}"`);
  const load = currentLoad();
  const architecture = kind === 'dense' ? paper() : topk({ k: ACTIVE, auxiliary: null });
  const { step, tensors } = await wideStep(gpu, architecture, [batch!, width!, features], ACTIVE);
  const ours = async (): Promise<number> => {
    const started = performance.now();
    for (let i = 0; i < STEPS; i++) await step.program.run(scalarsOf(architecture));
    await gpu.idle();
    return (performance.now() - started) / STEPS;
  };
  const peer = await start({ kind, batch: batch!, width: width!, features, k: ACTIVE, device, steps: STEPS });
  // The first run compiles, and the forms ran when they were compared; the fastest form of PyTorch is raced.
  await ours();
  const tried: Record<string, number> = {};
  for (const form of peer.forms) tried[form] = Math.min(await peer.time(form), await peer.time(form));
  const fastest = peer.forms.reduce((a, b) => (tried[a]! <= tried[b]! ? a : b));
  const times = { monosema: [] as number[], pytorch: [] as number[] };
  const began = performance.now();
  const rounds = (): number => times.monosema.length;
  while (
    rounds() < ROUNDS.fewest ||
    (rounds() < ROUNDS.most && performance.now() - began < 1000 * ROUNDS.afterSeconds)
  ) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    times.monosema.push(await ours());
    times.pytorch.push(await peer.time(fastest));
  }
  peer.end();
  const l0 = (await readTensor(gpu, step.l0.tensor))[0]! * step.l0.scale;
  const results = Object.entries(times).map(([library, list]) => {
    const sorted = list.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)]!;
    const of =
      library === 'monosema'
        ? { form: `${architecture.name}, sparse`, l0: rounded(l0) }
        : {
            version: peer.torch,
            threads: peer.threads,
            device: peer.device,
            form: fastest,
            bestOfTwo: tried,
          };
    return {
      library,
      ...of,
      milliseconds: rounded(median),
      range: [rounded(sorted[0]!), rounded(sorted.at(-1)!)],
      rounds: list.length,
      stepsASecond: rounded(1000 / median),
    };
  });
  for (const { library, form, milliseconds } of results)
    process.stdout.write(`${gpu.name} ${problem} ${library} (${form}) ${milliseconds} ms\n`);
  writeResults(`pytorch/${gpu.name.toLowerCase()}/${kind}-${sizes}`, gpu, load, results);
  step.program.destroy();
  for (const { buffer } of tensors) buffer.destroy();
}

async function start(asked: Readonly<Record<string, unknown>>): Promise<Peer> {
  const python = process.env['PYTHON'] ?? 'python3';
  const child = spawn(python, [join(import.meta.dirname, 'pytorch.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (question: unknown): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await lines.next();
    if (done === true)
      throw new Error(
        `against-pytorch: expected ${python} with torch to answer, but it ended; apt install python3-torch libopenblas0-pthread, or name another by PYTHON`,
      );
    return JSON.parse(value) as unknown;
  };
  const answer = (await ask(asked)) as Pick<Peer, 'torch' | 'threads' | 'device' | 'forms'>;
  return {
    ...answer,
    time: async (form) => (await ask(form)) as number,
    end: () => child.stdin.end(),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
