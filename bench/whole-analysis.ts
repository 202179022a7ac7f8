/**
 * What a whole analysis takes: node whole-analysis.ts FEATURESxTOKENS[xEXAMPLES[xACTIVE]]...
 *
 * A study of the bundled text is made in a temporary folder: a transformer that was trained for a few steps, and a
 * dictionary as it is after four, on 512 neurons. `monosema analyze` then runs as a process of its own, whose resident
 * memory is looked at four times a second, device memory of a software adapter included. EXAMPLES is how many of the
 * largest a feature has, and ACTIVE about how many features are active on a token; 20 where they are left out.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openDevice } from '@monosema/engine';
import { currentLoad, writeResults } from './harness.ts';

const MONOSEMA = fileURLToPath(new URL('../packages/trainer/bin/monosema.mjs', import.meta.url));
const CORPUS = fileURLToPath(new URL('../corpus/tiny-pile', import.meta.url));
const NEURONS = 512;
const ACTIVE = 20;
const EXAMPLES = 20;
const INTERVAL_MS = 250;

const load = currentLoad();
const results = [];
for (const wanted of process.argv.slice(2)) {
  const [features, tokens, examples = EXAMPLES, active = ACTIVE] = wanted.split('x').map(Number);
  results.push(await measure(features!, tokens!, examples, active));
  process.stdout.write(`${JSON.stringify(results.at(-1))}\n`);
}
const gpu = await openDevice();
writeResults('whole-analysis', gpu, load, results);
gpu.close();

async function measure(
  features: number,
  tokens: number,
  examples: number,
  active: number,
): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'monosema-bench-'));
  const config = join(folder, 'study.config.json');
  writeFileSync(
    config,
    JSON.stringify({
      name: 'whole',
      seed: 1,
      corpus: { path: CORPUS, validationFraction: 0.5 },
      tokenizer: { vocabulary: 2048 },
      transformer: {
        dModel: 128,
        heads: 4,
        dMlp: NEURONS,
        context: 64,
        models: ['A'],
        tokens: 65_536,
        batchContexts: 8,
      },
      dictionaries: {
        vectors: 4096,
        batch: 1024,
        positionsPerContext: 32,
        bufferVectors: 4096,
        initialDensity: active / features,
        learningRate: 1e-5,
        resampling: { atFractions: [] },
        list: [{ id: 'A/1', expansion: features / NEURONS, l1Coefficient: 1 }],
      },
      analysis: {
        evaluationTokens: tokens,
        lossTokens: 2048,
        topExamples: examples,
        examplesPerInterval: examples < EXAMPLES ? 1 : 5,
        window: 24,
        logitRadius: 1,
      },
    }),
  );
  await monosema(['train-dictionary', config], folder);
  const samples: (readonly [seconds: number, megabytes: number])[] = [];
  const started = performance.now();
  await monosema(['analyze', config], folder, (megabytes) =>
    samples.push([(performance.now() - started) / 1000, megabytes]),
  );
  const seconds = (performance.now() - started) / 1000;
  const stage = JSON.parse(readFileSync(join(folder, 'out', 'whole', 'records', 'stage.json'), 'utf8')) as {
    facts: { phaseSeconds: Record<string, number> };
  };
  const evaluation = JSON.parse(
    readFileSync(join(folder, 'out', 'whole', 'records', 'A', '1', 'evaluation.json'), 'utf8'),
  ) as { eval_result_metrics: { sparsity: { l0: number }; misc_metrics: { frac_alive: number } } };
  const { sparsity, misc_metrics } = evaluation.eval_result_metrics;
  rmSync(folder, { recursive: true });
  return {
    features,
    tokens,
    examples,
    l0: Number(sparsity.l0.toPrecision(3)),
    alive: Number(misc_metrics.frac_alive.toPrecision(3)),
    seconds: Math.round(seconds),
    phaseSeconds: stage.facts.phaseSeconds,
    memoryMB: Math.max(...samples.map(([, megabytes]) => megabytes)),
    memoryByTwentieths: Array.from({ length: 20 }, (_, i) =>
      Math.max(
        0,
        ...samples
          .filter(([at]) => Math.min(19, Math.floor((20 * at) / seconds)) === i)
          .map(([, megabytes]) => megabytes),
      ),
    ),
  };
}

/** Runs a command, and says now and then how much memory it has. @throws when it fails */
async function monosema(
  args: readonly string[],
  cwd: string,
  see: (megabytes: number) => void = () => {},
): Promise<void> {
  const child = spawn(process.execPath, [MONOSEMA, ...args], {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.on('exit', (code, signal) => resolve(code ?? signal)),
  );
  while (child.exitCode === null && child.signalCode === null) {
    const resident = /VmRSS:\s+(\d+)/.exec(readStatus(child.pid!));
    if (resident !== null) see(Math.round(Number(resident[1]) / 1024));
    await Promise.race([ended, setTimeout(INTERVAL_MS)]);
  }
  const code = await ended;
  if (code !== 0) throw new Error(`monosema ${args.join(' ')}: ended with ${code}`);
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
