import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProfileSummary } from '@monosema/engine';
import { spawnCli } from './testing/spawn-cli.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-cli-gpu-'));
  const lines = Array.from({ length: 400 }, (_, i) =>
    JSON.stringify({ text: `Document ${i} counts to ${i * i}. `.repeat(6) }),
  );
  writeFileSync(join(folder, 'text.jsonl'), lines.join('\n'));
  writeFileSync(
    join(folder, 'study.config.json'),
    JSON.stringify({
      name: 'tiny',
      corpus: { path: 'text.jsonl' },
      tokenizer: { vocabulary: 300 },
      transformer: {
        dModel: 16,
        heads: 2,
        dMlp: 32,
        context: 32,
        models: ['A'],
        tokens: 4_000_000,
        batchContexts: 8,
      },
      dictionaries: { list: [{ id: 'A/0', expansion: 1, l1Coefficient: 4 }] },
    }),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('monosema on a device', () => {
  it('checkpoints on Ctrl-C, ends with 130, and goes on later', async () => {
    const log = join(folder, 'out/tiny/models/A/metrics.jsonl');
    const steps = (): number[] =>
      existsSync(log)
        ? readFileSync(log, 'utf8')
            .split('\n')
            .filter((line) => line.endsWith('}'))
            .map((line) => (JSON.parse(line) as { step: number }).step)
        : [];
    const stopped = await spawnCli(['train-model'], {
      cwd: folder,
      interrupt: { signal: 'SIGINT', when: () => steps().length > 0 },
    });
    expect(stopped.err).toMatch(
      /interrupted; run the same command again to go on, what is finished or checkpointed is kept\n$/,
    );
    expect(stopped.code).toBe(130);
    expect(existsSync(join(folder, 'out/tiny/models/A/checkpoint'))).toBe(true);

    const before = steps();
    const again = await spawnCli(['train-model'], {
      cwd: folder,
      interrupt: { signal: 'SIGTERM', when: () => steps().length > before.length },
    });
    expect(again.err).toContain('train-model A: going on from its checkpoint');
    expect(again.code).toBe(130);
    // It neither began at the first step again nor left any out: every tenth step is logged.
    const after = steps();
    expect(after).toEqual(after.map((_, i) => (i + 1) * 10));
    expect(after.length).toBeGreaterThan(before.length);
  });

  it('shows with --profile where the time goes, and computes the same', { timeout: 120_000 }, async () => {
    const settings = {
      'transformer.tokens': 20 * 8 * 32,
      'dictionaries.vectors': 20 * 32,
      'dictionaries.batch': 32,
      'dictionaries.bufferVectors': 256,
      'dictionaries.positionsPerContext': 4,
      'dictionaries.resampling.windowVectors': 64,
      'dictionaries.resampling.sampleVectors': 64,
    };
    const small = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const run = async (out: string, ...more: string[]): Promise<Record<string, unknown>[]> => {
      const args = ['train-dictionary', ...more, 'study.config.json', '--json', '--out', out, ...small];
      const { code, out: lines, err } = await spawnCli(args, { cwd: folder });
      expect(code, err).toBe(0);
      return lines
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    };
    const plain = await run('out/plain');
    // Without a file of its own the trace goes into the run, and the argument after it stays the study.
    const profiled = await run('out/profiled', '--profile');
    const { profile } = profiled.pop() as { profile: ProfileSummary & { trace: string } };
    const results = (lines: Record<string, unknown>[]) => lines.map(({ stage, hash }) => ({ stage, hash }));
    expect(results(profiled)).toEqual(results(plain));

    expect(profile.programs).toContainEqual(
      expect.objectContaining({ program: 'train-model', runs: 20, sampled: 5 }),
    );
    expect(profile.ops.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(profile.peak!.gflops).toBeGreaterThan(0);
    expect(profile.host).toContainEqual(
      expect.objectContaining({ track: 'stages', name: 'train-model A', count: 1 }),
    );

    expect(profile.trace).toBe('out/profiled/trace.json');
    const events = JSON.parse(readFileSync(join(folder, profile.trace), 'utf8')) as Record<string, unknown>[];
    for (const event of events)
      expect(event).toMatchObject({
        ph: expect.stringMatching(/^[XM]$/),
        name: expect.any(String),
        pid: expect.any(Number),
        tid: expect.any(Number),
      });
    const ops = new Set(events.filter(({ cat }) => cat === 'gpu').map(({ name }) => name));
    expect(ops).toEqual(new Set(profile.ops.map(({ op }) => op)));
  });

  it('prints the table to standard error, and nothing where nothing ran', async () => {
    const status = await spawnCli(['status', '--profile', 'study.config.json', '--out', 'out/none'], {
      cwd: folder,
    });
    expect(status).toMatchObject({ code: 0, err: 'profile: nothing ran on a GPU\n' });
    const into = await spawnCli(['status', '--profile=out', 'study.config.json'], { cwd: folder });
    expect(into.code).toBe(2);
    expect(into.err).toContain(
      '--profile: expected a file for the trace, got the folder out; name a file in it',
    );
  });

  it.runIf(process.platform === 'linux')('ends with 3 and a remedy where no adapter fits', async () => {
    const { code, err } = await spawnCli(['doctor', '--adapter', 'hardware'], {
      cwd: folder,
      env: { VK_DRIVER_FILES: join(folder, 'no-driver.json') },
    });
    expect(err).toMatch(
      /expected a hardware adapter, got none that computes; .*(install a Vulkan driver|install .*libx11-6).*, or choose another adapter/,
    );
    expect(code).toBe(3);
  });

  it('shows the adapter as one object for machines', async () => {
    const { code, out, err } = await spawnCli(['doctor', '--json'], { cwd: folder });
    // Dawn itself warns of lavapipe's limits, in lines that no program can keep it from writing.
    const ours = err.split('\n').filter((line) => !line.startsWith('Warning: maxDynamic'));
    expect({ code, ours }).toEqual({ code: 0, ours: [''] });
    expect(JSON.parse(out)).toMatchObject({
      monosema: '0.1.0',
      adapter: { name: expect.any(String), class: expect.stringMatching(/^(cpu|gpu)/) },
    });
  });

  it('says what is wrong with a golden file that is none', async () => {
    writeFileSync(join(folder, 'golden.safetensors'), 'not tensors');
    const bad = await spawnCli(['doctor', '--golden', 'golden.safetensors'], { cwd: folder });
    expect(bad.code).toBe(2);
    expect(bad.err).toContain('golden.safetensors');
    const none = await spawnCli(['doctor', '--golden', 'none.safetensors'], { cwd: folder });
    expect(none.code).toBe(2);
    expect(none.err).toContain('none.safetensors');
  });
});
