import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDevice, openTuning, type Gpu, type Measurement } from '@monosema/engine';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ShardWriter } from '../activations/shard-writer.ts';
import { runCli } from './testing/run-cli.ts';

type Kernels = Readonly<Record<string, string>>;

/** Activations of the study, (N,A). */
const [N, A] = [1024, 24];

/** A dictionary on activations from files: one stage, and no model before it. */
const STUDY = {
  name: 'tiny',
  corpus: { path: 'no-corpus-is-read' },
  transformer: { models: ['A'] },
  dictionaries: {
    vectors: 512,
    batch: 64,
    bufferVectors: 256,
    shards: [{ model: 'A', path: 'activations' }],
    list: [{ id: 'A/0', expansion: 2, l1Coefficient: 4 }],
  },
};

let folder: string;
let gpu: Gpu;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-kernels-'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  gpu = await openDevice();
  using shard = new ShardWriter(join(folder, 'activations'), 0, [N, A], {});
  const values = Float32Array.from({ length: N * A }, (_, i) => Math.max(0, Math.sin(i * i)));
  shard.append(
    values,
    Float64Array.from({ length: N }, (_, i) => i),
  );
  shard.finish();
});
afterAll(() => {
  gpu.close();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** What a run of the study with these kernels pinned leaves. */
async function run(name: string, kernels: Kernels) {
  const study = join(folder, `${name}.json`);
  const out = join(folder, name);
  writeFileSync(study, JSON.stringify({ ...STUDY, kernels }));
  const { code, err } = await runCli('train-dictionary', study, '--out', out, '--quiet');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const stage = join(out, 'dictionaries', 'A');
  const record = JSON.parse(readFileSync(join(stage, 'stage.json'), 'utf8')) as { kernels: Kernels };
  const tensors = readFileSync(join(stage, '0', 'sae_weights.safetensors'));
  return { kernels: record.kernels, hash: createHash('sha256').update(tensors).digest('hex') };
}

/** Puts a choice into the file of what this machine measured. */
function remember(shape: string, choice: string): void {
  const standing = { rounds: 9, milliseconds: 1, ratio: 1, spread: 0 };
  const measurement: Measurement = {
    choice,
    suggested: choice,
    undecided: false,
    kernels: { [choice]: standing },
    wrong: [],
  };
  openTuning(gpu, { mode: 'full' }).learn(shape, measurement);
}

test('a run with pinned kernels gives the same bytes whatever was measured, and says which it used', async () => {
  const first = await run('first', {});
  const [shape, suggested] = Object.entries(first.kernels)[0]!;
  // As its author would: the sentence about a kernel that there is not names some that there are.
  const wrong = join(folder, 'wrong.json');
  writeFileSync(wrong, JSON.stringify({ ...STUDY, kernels: { [shape]: 'none' } }));
  const refused = await runCli('train-dictionary', wrong, '--out', join(folder, 'wrong'));
  expect(refused.code).toBe(2);
  const named = [...refused.err.matchAll(/"([^"]+)"/g)].map(([, name]) => name!);
  const [pinned, other] = named.filter((name) => ![shape, 'none', suggested].includes(name));

  remember(shape, other!);
  const measured = await run('measured', {});
  expect(measured.kernels[shape]).toBe(other);
  const under = await run('pinned', { [shape]: pinned! });
  remember(shape, suggested);
  const again = await run('pinned again', { [shape]: pinned! });
  expect(under.kernels).toEqual({ ...first.kernels, [shape]: pinned });
  expect(again).toEqual(under);
});

test('doctor measures the products of a study without running it, and says what won', async () => {
  const { kernels } = await run('trained', {});
  const study = join(folder, 'trained.json');
  const measured = await runCli('doctor', '--tune', 'full', '--study', study, '--json');
  expect(measured.code).toBe(0);
  const [, ...classes] = measured.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { products: string; kernel: string; measurement: Measurement | null });
  // What a step encodes with, and what encodes more vectors afterwards; starts and tests have products of their own.
  const encoders = classes.map(({ products }) => products);
  expect(encoders).toEqual([
    'm64 n64 k32 rows columns vectors bias relu',
    'm2048 n64 k32 rows columns vectors bias relu',
  ]);
  expect(Object.keys(kernels)).toContain(encoders[0]);
  for (const { kernel, measurement } of classes) {
    expect(measurement!.choice).toBe(kernel);
    expect(measurement!.kernels[measurement!.suggested]!.ratio).toBe(1);
    expect(measurement!.wrong).toEqual([]);
  }
});
