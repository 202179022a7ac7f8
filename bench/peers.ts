/**
 * Times the engine against other WebGPU libraries, each in a process of its own, round about:
 * node peers.ts [--against jax-js,tfjs] [--tune off|cache|full] [gemm softmax:1024x4096 ...]
 */
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDevice, TUNE_MODES } from '@monosema/engine';
import { currentLoad, writeResults } from './harness.ts';
import { checkOf } from './peers/checks.ts';
import type { Reply, Request } from './peers/child.ts';
import { LONGEST_MS } from './peers/forms.ts';
import { nameOf, operationsOf, parseProblem, PROBLEMS, type Problem } from './peers/problem.ts';

const LIBRARIES = {
  monosema: 'monosema.ts',
  'jax-js': 'jax.ts',
  tfjs: 'tfjs.ts',
  'onnxruntime-web': 'onnxruntime.ts',
} as const;
type LibraryName = keyof typeof LIBRARIES;

/** Rounds end at the most, or when they have taken long enough and there were the fewest. */
const ROUNDS = { fewest: 3, most: 11, afterSeconds: 40 };
/** The fewest where a step takes longer than any that fits thrice into some minutes; results say how many there were. */
const FEWEST_LONG_ROUNDS = 1;
/** A round of one library lasts about this long: short runs are repeated. */
const ROUND_MS = 150;

const { values, positionals } = parseArgs({
  options: { against: { type: 'string' }, tune: { type: 'string', default: 'off' } },
  allowPositionals: true,
});
const peers = (values.against?.split(',') ?? Object.keys(LIBRARIES)).filter((name) => name !== 'monosema');
for (const name of peers) {
  if (!Object.hasOwn(LIBRARIES, name))
    throw new Error(`peers: expected libraries of ${Object.keys(LIBRARIES).join(', ')}, got "${name}"`);
}
if (!(TUNE_MODES as readonly string[]).includes(values.tune))
  throw new Error(`peers: expected --tune ${TUNE_MODES.join(', ')}, got "${values.tune}"`);
const problems = (positionals.length === 0 ? Object.keys(PROBLEMS) : positionals).flatMap(parseProblem);
installPeers();
const gpu = await openDevice();
for (const problem of problems) await compareOn(problem);
gpu.close();
process.exit(0);

/** The libraries are half a gigabyte, which no one needs who only runs ours: they come when this first runs. */
function installPeers(): void {
  const cwd = join(import.meta.dirname, 'peers');
  if (existsSync(join(cwd, 'node_modules', '@jax-js'))) return;
  process.stderr.write('peers: installing the libraries of bench/peers/package-lock.json (once)\n');
  const options = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  execFileSync('npm', options, { cwd, stdio: ['ignore', 'ignore', 'inherit'], timeout: 600_000 });
}

interface Side {
  readonly name: LibraryName;
  readonly version: string;
  readonly ask: (request: Request) => Promise<Reply>;
  readonly process: ChildProcess;
}

async function compareOn(problem: Problem): Promise<void> {
  const load = currentLoad();
  const started = performance.now();
  const sides: (Side & { form?: string; runs: number; longest: boolean; times: number[] })[] = [];
  const names: LibraryName[] = ['monosema', ...(peers as LibraryName[])];
  const check = checkOf(problem);
  for (const name of names) {
    const side = await start(name);
    const reply = await side.ask({ kind: 'prepare', problem, wanted: check.wanted });
    if (reply.kind !== 'prepared') throw new Error(`internal: ${name} answered ${reply.kind}`);
    if (reply.samples === null) {
      side.process.send({ kind: 'end' } satisfies Request);
      continue;
    }
    check.verify(`${name} ${nameOf(problem)}`, reply.samples);
    const { form, milliseconds } = reply;
    const runs = Math.max(1, Math.round(ROUND_MS / milliseconds));
    const longest = milliseconds >= LONGEST_MS;
    sides.push({ ...side, ...(form === undefined ? {} : { form }), runs, longest, times: [] });
  }
  const prepared = performance.now();
  const tired = (): boolean => performance.now() - prepared > 1000 * ROUNDS.afterSeconds;
  const long = sides.some(({ longest }) => longest);
  const fewest = long ? FEWEST_LONG_ROUNDS : ROUNDS.fewest;
  for (let round = 0; round < fewest || (round < ROUNDS.most && !tired()); round++) {
    for (const { ask, runs, times } of sides) {
      const reply = await ask({ kind: 'time', runs });
      if (reply.kind === 'timed') times.push(reply.milliseconds);
    }
  }
  for (const side of sides) side.process.send({ kind: 'end' } satisfies Request);
  report(problem, load, sides);
  process.stderr.write(`${nameOf(problem)}: ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
}

async function start(name: LibraryName): Promise<Side> {
  const child = fork(join(import.meta.dirname, 'peers', 'child.ts'), [`./${LIBRARIES[name]}`], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, MONOSEMA_BENCH_TUNE: values.tune },
  });
  const next = (): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const ended = (code: number | null, signal: string | null): void =>
        reject(new Error(`peers: expected ${name} to answer, but it ended with ${code ?? signal}`));
      child.once('exit', ended);
      child.once('message', (reply: Reply) => {
        child.off('exit', ended);
        if (reply.kind === 'failed') reject(new Error(`${name}: ${reply.message}`));
        else resolve(reply);
      });
    });
  const ready = await next();
  if (ready.kind !== 'ready') throw new Error(`internal: ${name} answered ${ready.kind}`);
  const ask = (request: Request): Promise<Reply> => {
    const reply = next();
    child.send(request);
    return reply;
  };
  return { name, version: ready.version, ask, process: child };
}

function report(
  problem: Problem,
  load: number,
  sides: readonly {
    name: LibraryName;
    version: string;
    form?: string;
    runs: number;
    times: readonly number[];
  }[],
): void {
  const operations = operationsOf(problem);
  const results = sides.map(({ name, version, form, runs, times }) => {
    const sorted = times.toSorted((a, b) => a - b);
    const milliseconds = rounded(sorted[Math.floor(sorted.length / 2)]!);
    return {
      library: name,
      version,
      ...(form === undefined ? {} : { form }),
      milliseconds,
      range: [rounded(sorted[0]!), rounded(sorted.at(-1)!)],
      rounds: times.length,
      runsPerRound: runs,
      ...(name === 'monosema' && values.tune !== 'off' ? { tune: values.tune } : {}),
      ...(operations === null ? {} : { gigaflops: rounded(operations / milliseconds / 1e6) }),
    };
  });
  const ours = results[0]!.milliseconds;
  for (const { library, milliseconds, gigaflops } of results) {
    const rate = gigaflops === undefined ? '' : `  ${gigaflops} GFLOP/s`;
    process.stdout.write(
      `${gpu.name} ${nameOf(problem).padEnd(28)} ${library.padEnd(16)} ${milliseconds} ms${rate}  ${(milliseconds / ours).toFixed(2)}x\n`,
    );
  }
  writeResults(`peers/${gpu.name.toLowerCase()}/${nameOf(problem)}`, gpu, load, results);
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
