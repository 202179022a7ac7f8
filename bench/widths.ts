/**
 * Times training steps of dictionaries against their width, and says what memory their plans take:
 * node widths.ts [--batch 1024] [--architecture paper] [--name widths] [512 4096 ...]
 */
import { parseArgs } from 'node:util';
import { openDevice, readTensor, type Gpu } from '@monosema/engine';
import type { Architecture } from '../packages/trainer/src/dictionary/architectures/architecture.ts';
import { batchtopk } from '../packages/trainer/src/dictionary/architectures/batchtopk.ts';
import { paper } from '../packages/trainer/src/dictionary/architectures/paper.ts';
import { topk } from '../packages/trainer/src/dictionary/architectures/topk.ts';
import { currentLoad, writeResults } from './harness.ts';
import { scalarsOf, wideStep } from './steps.ts';

const A = 512;
/** Active features of a vector, about. */
const ACTIVE = 32;
const ARCHITECTURES: Readonly<Record<string, () => Architecture>> = {
  paper,
  topk: () => topk({ k: ACTIVE, auxiliary: null }),
  batchtopk: () => batchtopk({ k: ACTIVE, auxiliary: null }),
};
/** Runs after the first, which compiles: at least one, then until there are enough or it has taken long enough. */
const RUNS = { most: 5, seconds: 20 };

const { values, positionals } = parseArgs({
  options: {
    batch: { type: 'string', default: '1024' },
    architecture: { type: 'string', default: 'paper' },
    name: { type: 'string', default: 'widths' },
  },
  allowPositionals: true,
});
const widths = positionals.length > 0 ? positionals : Array.from({ length: 9 }, (_, i) => 512 * 2 ** i);
const batches = values.batch.split(',').map(Number);
const gpu = await openDevice();
const load = currentLoad();
const results: Record<string, unknown>[] = [];
for (const features of widths.map(Number)) {
  for (const architecture of values.architecture.split(',')) {
    for (const batch of batches) results.push(await measure(gpu, architecture, batch, features));
  }
}
writeResults(values.name, gpu, load, results);
gpu.close();

async function measure(
  opened: Gpu,
  name: string,
  batch: number,
  features: number,
): Promise<Record<string, unknown>> {
  const architecture = ARCHITECTURES[name]!();
  const { step, tensors } = await wideStep(opened, architecture, [batch, A, features], ACTIVE);
  const { program } = step;
  const run = async (): Promise<number> => {
    const started = performance.now();
    await program.run(scalarsOf(architecture));
    await opened.idle();
    return performance.now() - started;
  };
  const first = await run();
  const times = [await run()];
  const began = performance.now();
  while (times.length < RUNS.most && performance.now() - began < 1000 * RUNS.seconds) times.push(await run());
  const sorted = times.toSorted((a, b) => a - b);
  const milliseconds = sorted[Math.floor(sorted.length / 2)]!;
  const l0 = (await readTensor(opened, step.l0.tensor))[0]! * step.l0.scale;
  const bytes = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);
  const result = {
    architecture: name,
    batch,
    features,
    blocks: Math.round(batch / step.rowsAMask),
    l0: Number(l0.toPrecision(4)),
    milliseconds: Number(milliseconds.toPrecision(4)),
    range: [sorted[0]!, sorted.at(-1)!].map((time) => Number(time.toPrecision(4))),
    runs: times.length,
    firstRunMilliseconds: Number(first.toPrecision(4)),
    nanosecondsAVectorAndFeature: Number(((1e6 * milliseconds) / (batch * features)).toPrecision(4)),
    bytes: {
      temporaries: bytes(program.plan.slotBytes),
      parametersAndMoments: bytes(tensors.map(({ buffer }) => buffer.size)),
      oneMatrixOfTheBatchUndivided: 4 * batch * features,
    },
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  program.destroy();
  for (const { buffer } of tensors) buffer.destroy();
  return result;
}
