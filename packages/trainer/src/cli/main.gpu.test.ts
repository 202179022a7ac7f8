import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

  it.runIf(process.platform === 'linux')('ends with 3 and a remedy where no adapter fits', async () => {
    const { code, err } = await spawnCli(['doctor', '--adapter', 'hardware'], {
      cwd: folder,
      env: { VK_DRIVER_FILES: join(folder, 'no-driver.json') },
    });
    expect(err).toMatch(/expected a hardware adapter, got none that computes; install a Vulkan driver/);
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
