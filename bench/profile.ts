/**
 * Shows where training steps spend their time, op by op against the adapter's measured peak: node profile.ts [--again]
 */
import {
  adapterPeak,
  describeProfile,
  openDevice,
  Profiler,
  summarise,
  type Gpu,
  type ProgramTotals,
} from '@monosema/engine';
import { paper } from '../packages/trainer/src/dictionary/architectures/paper.ts';
import { topk } from '../packages/trainer/src/dictionary/architectures/topk.ts';
import { currentLoad, writeResults, type Candidate } from './harness.ts';
import { dictionaryStep, freshDictionary, scalarsOf, TRANSFORMER, transformerStep } from './steps.ts';

/** The first run is left out, as adapters compile in it. */
const RUNS = 4;

async function dictionary(
  gpu: Gpu,
  A: number,
  density: number,
  options: Parameters<typeof dictionaryStep>[3],
): Promise<Pick<Candidate, 'program' | 'scalars'>> {
  const { dictionary: fresh, batch } = await freshDictionary(gpu, 1024, A, 4096, density);
  const { program } = await dictionaryStep(gpu, fresh, batch, options);
  return { program, scalars: scalarsOf(options.architecture) };
}

const standard = paper();
const LARGER = { ...TRANSFORMER, dModel: 128, dMlp: 512, context: 128, vocabulary: 2048 };
const STEPS: Readonly<Record<string, (gpu: Gpu) => Promise<Pick<Candidate, 'program' | 'scalars'>>>> = {
  'transformer of the demo: D 64, M 256, T 64, V 1,024, 1,024 tokens': (gpu) =>
    transformerStep(gpu, TRANSFORMER, 16),
  'transformer: D 128, M 512, T 128, V 2,048, 1,024 tokens': (gpu) => transformerStep(gpu, LARGER, 8),
  'dictionary of the demo, sparse: B 1,024, A 256, F 4,096, 1 % active': (gpu) =>
    dictionary(gpu, 256, 0.01, { architecture: standard, path: 'sparse' }),
  'dictionary of the demo, dense: B 1,024, A 256, F 4,096': (gpu) =>
    dictionary(gpu, 256, 0.25, { architecture: standard, path: 'dense' }),
  'dictionary, dense: B 1,024, A 512, F 4,096': (gpu) =>
    dictionary(gpu, 512, 0.25, { architecture: standard, path: 'dense' }),
  'dictionary, TopK 32: B 1,024, A 256, F 4,096': (gpu) =>
    dictionary(gpu, 256, 0.01, { architecture: topk({ k: 32, auxiliary: null }), path: 'sparse' }),
};

/** One run of a program that ran some times. */
function oneRun({ runs, ops, ...rest }: ProgramTotals): ProgramTotals {
  const one = [...ops].map(([op, { dispatches, milliseconds, work }]) => {
    const each = work === null ? null : { flops: work.flops / runs, bytes: work.bytes / runs };
    return [op, { dispatches: dispatches / runs, milliseconds: milliseconds / runs, work: each }] as const;
  });
  return { ...rest, runs: 1, ops: new Map(one) };
}

/** With four digits, which is more than timings are good for. */
function rounded<T>(value: T): T {
  const text = JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'number' ? Number(item.toPrecision(4)) : item,
  );
  return JSON.parse(text) as T;
}

const gpu = await openDevice();
const load = currentLoad();
const peak = await adapterPeak(gpu, process.argv.includes('--again'));
const results: Record<string, unknown>[] = [{ peak: rounded(peak) }];
for (const [step, make] of Object.entries(STEPS)) {
  const { program, scalars } = await make(gpu);
  const profiler = new Profiler();
  profiler.attach(gpu);
  for (let run = 0; run < RUNS; run++) await program.run(scalars);
  gpu.profiler = null;
  const summary = summarise(profiler.programs().map(oneRun), [], gpu.name, peak);
  program.destroy();
  const [table] = describeProfile(summary).split('\nsampled: ');
  process.stdout.write(`${step}\n\n${table}\n\n`);
  results.push(rounded({ step, milliseconds: summary.milliseconds, ops: summary.ops }));
}
writeResults(`profile-${gpu.adapterClass}`, gpu, load, results);
gpu.close();
