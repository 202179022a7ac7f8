/**
 * Times the pass of an analysis against the forward-and-encode pass alone, in turns and by the wall clock:
 * node analysis.ts [CASE...]
 *
 * Alone means: the model runs up to its activations and every dictionary encodes them, and nothing comes back; whole: the
 * model runs on to its predictions as well. The pass runs it up to the activations, encodes, brings back what is active,
 * puts it on disk, reconstructs, and compares losses. Models are untrained and dictionaries fresh, with as many active
 * features a token as trained ones have; the memory is the largest of the process.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTensor, openDevice, ProgramBuilder, readTensor, type Gpu } from '@monosema/engine';
import {
  ContextBatches,
  contextsPerBatch,
  modelProgram,
  type AnalysedModel,
} from '../packages/trainer/src/analysis/analysed-model.ts';
import { collect } from '../packages/trainer/src/analysis/entries/collect.ts';
import { KeptParts } from '../packages/trainer/src/analysis/kept-parts.ts';
import { SpacedContexts } from '../packages/trainer/src/tokens/spaced-contexts.ts';
import { paper } from '../packages/trainer/src/dictionary/architectures/paper.ts';
import type { LoadedDictionary } from '../packages/trainer/src/dictionary/dictionary-folder.ts';
import { dictionaryValues, encode } from '../packages/trainer/src/dictionary/encode.ts';
import { initialDictionary, randomDirections } from '../packages/trainer/src/dictionary/initialise.ts';
import { initialValues } from '../packages/trainer/src/model/initialise.ts';
import type { TransformerConfig } from '../packages/trainer/src/model/parameters.ts';
import { uploadParameters } from '../packages/trainer/src/model/training-program.ts';
import { forwardFrom, forwardTo, logits } from '../packages/trainer/src/model/transformer.ts';
import { uniforms } from '../packages/trainer/src/random/seeded.ts';
import { Contexts } from '../packages/trainer/src/tokens/contexts.ts';
import { currentLoad, writeResults } from './harness.ts';
import { TRANSFORMER } from './steps.ts';

interface Case {
  readonly model: TransformerConfig;
  /** Features, and how many of them are active on a token. */
  readonly dictionaries: readonly (readonly [features: number, active: number])[];
  readonly tokens: number;
  /** Share of the tokens on which losses are compared. */
  readonly losses: number;
  readonly rounds: number;
}

const WIDE = { ...TRANSFORMER, dModel: 128, dMlp: 512, context: 128, vocabulary: 8192 };
/** About the share of tokens that the preset between the demo and the paper compares losses on; the paper's is a hundredth. */
const FEW = 1 / 16;
/** As many tokens as the demo has, and its share. */
const SMALL = { model: TRANSFORMER, tokens: 65_536, losses: 1 / 4, rounds: 5 };
const ONE: Case = { ...SMALL, dictionaries: [[1024, 25]] };
const EIGHT: Case = { ...SMALL, dictionaries: Array.from({ length: 8 }, () => [256, 9] as const) };
const NARROW: Case = { ...SMALL, model: { ...TRANSFORMER, dMlp: 128 }, dictionaries: [[512, 15]] };
/**
 * The demo's sizes and share of losses; one dictionary alone, many small ones, and few neurons, with that share and with
 * the other presets'; the widths of the paper's A/2 and A/5.
 */
const CASES: Record<string, Case> = {
  demo: {
    ...SMALL,
    dictionaries: [
      [256, 9],
      [1024, 25],
      [2048, 22],
    ],
  },
  '1024': ONE,
  '1024, few losses': { ...ONE, losses: FEW },
  '8 x 256': EIGHT,
  '8 x 256, few losses': { ...EIGHT, losses: FEW },
  '512 on 128 neurons': NARROW,
  '512 on 128 neurons, few losses': { ...NARROW, losses: FEW },
  '16384': { model: WIDE, dictionaries: [[16_384, 20]], tokens: 4096, losses: FEW, rounds: 5 },
  '131072': { model: WIDE, dictionaries: [[131_072, 20]], tokens: 2048, losses: FEW, rounds: 3 },
};

const wanted = process.argv.slice(2);
if (wanted[0] === '--child') {
  await measure(wanted[1]!);
} else {
  const load = currentLoad();
  const results = (wanted.length > 0 ? wanted : Object.keys(CASES)).map((name) => {
    // A process of its own, so that its memory is its own.
    const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--child', name], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (child.status !== 0) throw new Error(`${name}: ended with ${child.status ?? child.signal}`);
    process.stdout.write(child.stdout);
    return JSON.parse(child.stdout) as Record<string, unknown>;
  });
  const gpu = await openDevice();
  writeResults('analysis', gpu, load, results);
  gpu.close();
}

async function measure(name: string): Promise<void> {
  const { model: config, dictionaries: widths, tokens, losses, rounds } = CASES[name]!;
  const gpu = await openDevice();
  const parameters = uploadParameters(gpu, config, initialValues(config, 1));
  const model: AnalysedModel = {
    letter: 'A',
    config,
    parameters,
    site: { name: 'mlp-activations', layer: 0 },
  };
  const uniform = uniforms(4);
  const text = Uint32Array.from({ length: 2 * tokens + 1 }, () => Math.floor(uniform() * config.vocabulary));
  const source = {
    length: text.length,
    read: (start: number, count: number) => text.slice(start, start + count),
  };
  const contexts = new SpacedContexts(new Contexts(source, config.context, 'text'), tokens);
  const dictionaries = new Map<string, LoadedDictionary>();
  for (const [i, [features, active]] of widths.entries())
    dictionaries.set(`A/${i}`, await fresh(gpu, model, contexts, features, active));
  const alone = await forwardAndEncode(gpu, model, dictionaries, contexts, false);
  const pass = async (checkpoint: string): Promise<void> => {
    const signal = new AbortController().signal;
    const kept = new KeptParts({ checkpoint, now: () => 0, say: () => {}, signal });
    const { sources } = await collect(gpu, model, dictionaries, contexts, losses * tokens, kept, () => {});
    for (const { entries } of sources) entries.close();
  };
  const takenByPass = async (): Promise<Taken> => {
    const checkpoint = mkdtempSync(join(tmpdir(), 'monosema-bench-'));
    const passTaken = await taken(() => pass(checkpoint));
    rmSync(checkpoint, { recursive: true });
    return passTaken;
  };
  // The first runs compile, and memory is what they take: predictions of all tokens would add theirs.
  await alone();
  await takenByPass();
  const memory = process.resourceUsage().maxRSS;
  const whole = await forwardAndEncode(gpu, model, dictionaries, contexts, true);
  await whole();
  const times: Record<'alone' | 'whole' | 'pass', Taken>[] = [];
  for (let round = 0; round < rounds; round++)
    times.push({ alone: await taken(alone), whole: await taken(whole), pass: await takenByPass() });
  const ratiosTo = (to: 'alone' | 'whole', of: keyof Taken) =>
    times.map((round) => round.pass[of] / round[to][of]).toSorted((a, b) => a - b);
  const ratios = ratiosTo('alone', 'seconds');
  const medianOf = (which: 'alone' | 'whole' | 'pass', of: keyof Taken) =>
    median(times.map((round) => round[which][of]));
  process.stdout.write(
    `${JSON.stringify({
      case: name,
      model: { D: config.dModel, A: config.dMlp, T: config.context, V: config.vocabulary },
      dictionaries: widths,
      tokens,
      lossTokens: losses * tokens,
      rounds,
      secondsAlone: medianOf('alone', 'seconds'),
      secondsWhole: medianOf('whole', 'seconds'),
      secondsPass: medianOf('pass', 'seconds'),
      processorSecondsAlone: medianOf('alone', 'processor'),
      processorSecondsPass: medianOf('pass', 'processor'),
      processorRatio: Number(median(ratiosTo('alone', 'processor')).toPrecision(3)),
      ratio: Number(median(ratios).toPrecision(3)),
      ratioToWhole: Number(median(ratiosTo('whole', 'seconds')).toPrecision(3)),
      ratios: [ratios[0], ratios.at(-1)].map((ratio) => Number(ratio!.toPrecision(3))),
      memoryMB: Math.round(memory / 1024),
    })}\n`,
  );
  gpu.close();
}

/** A dictionary as it is before its first step, with about so many features active on each token. */
async function fresh(
  gpu: Gpu,
  model: AnalysedModel,
  contexts: SpacedContexts,
  features: number,
  active: number,
): Promise<LoadedDictionary> {
  const width = model.config.dMlp;
  const count = Math.min(contexts.count, Math.ceil(2048 / contexts.length));
  const batches = new ContextBatches(gpu, contexts, count);
  const { p, values, tokens } = modelProgram(gpu, 'sample', model, batches.tensors);
  const x = p.output(forwardTo(p, values, tokens, model.config, model.site).activations);
  const program = await p.build();
  for (const batch of batches) {
    batches.load(batch);
    await program.run();
    break;
  }
  const sample = createTensor(gpu, 'sample', x.shape, await readTensor(gpu, x));
  const parameters = await initialDictionary(gpu, `A/${features}`, paper(), {
    sample,
    directions: randomDirections(features, width, 3),
    encoderNorm: 0.5,
    decoderBias: new Float32Array(width),
    density: active / features,
  });
  program.destroy();
  batches.destroy();
  sample.buffer.destroy();
  return { dictionary: { ...parameters, rule: { kind: 'standard' } }, metadata: {} };
}

/** Runs the model up to its activations, or whole with its predictions, and encodes, and nothing else. */
async function forwardAndEncode(
  gpu: Gpu,
  model: AnalysedModel,
  dictionaries: ReadonlyMap<string, LoadedDictionary>,
  contexts: SpacedContexts,
  predicts: boolean,
): Promise<() => Promise<void>> {
  const { config, site } = model;
  const widest = Math.max(
    config.dMlp,
    ...[...dictionaries.values()].map(({ dictionary }) => dictionary.features),
  );
  const perBatch = contextsPerBatch(contexts.length, widest);
  const batches = new ContextBatches(gpu, contexts, perBatch);
  const { p, values, tokens } = modelProgram(gpu, 'forward', model, batches.tensors);
  const at = forwardTo(p, values, tokens, config, site);
  const x = p.output(at.activations);
  if (predicts) p.output(logits(p, forwardFrom(p, at, values, tokens, config, site), values, config));
  const programs = [await p.build()];
  for (const { dictionary } of dictionaries.values()) {
    const q = new ProgramBuilder(gpu, 'encode');
    q.output(encode(q, q.persistent(x), dictionaryValues(q, dictionary), dictionary));
    programs.push(await q.build());
  }
  return async () => {
    for (const batch of batches) {
      batches.load(batch);
      for (const program of programs) await program.run();
    }
    await gpu.idle();
  };
}

/** Seconds by the wall clock, and of processors: those of the adapter too, where it is software. */
interface Taken {
  readonly seconds: number;
  readonly processor: number;
}

async function taken(work: () => Promise<void>): Promise<Taken> {
  const [started, used] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(used);
  const rounded = (seconds: number) => Number(seconds.toPrecision(4));
  return {
    seconds: rounded((performance.now() - started) / 1000),
    processor: rounded((user + system) / 1e6),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
