import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runFolder, type RunFolder } from './run-folder.ts';
import { lockRunFolder } from './run-lock.ts';

let run: RunFolder;
beforeEach(() => {
  run = { ...runFolder(mkdtempSync(join(tmpdir(), 'monosema-lock-'))), shown: 'out/demo' };
});
afterEach(() => rmSync(run.root, { recursive: true }));

/** A process that lives until it is told to end. */
async function withProcess(use: (pid: number) => void): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  try {
    use(child.pid!);
  } finally {
    child.stdin.end();
    await ended;
  }
  return child.pid!;
}

describe('lockRunFolder', () => {
  it('keeps others out while it is held, and nobody after', async () => {
    await withProcess((pid) => {
      writeFileSync(join(run.root, 'lock'), `${pid} ${hostname()}`);
      expect(() => lockRunFolder(run)).toThrow(
        `out/demo: expected no other monosema to work here, got process ${pid} on ${hostname()}; wait for it to end, or delete out/demo/lock if it has`,
      );
    });
    {
      using _lock = lockRunFolder(run);
      expect(existsSync(join(run.root, 'lock'))).toBe(true);
    }
    expect(existsSync(join(run.root, 'lock'))).toBe(false);
  });

  it('takes over what a process left that has ended, or that wrote nothing', async () => {
    const ended = await withProcess(() => {});
    for (const left of [`${ended} ${hostname()}`, '']) {
      writeFileSync(join(run.root, 'lock'), left);
      using _lock = lockRunFolder(run);
    }
    expect(existsSync(join(run.root, 'lock'))).toBe(false);
  });

  it.runIf(process.platform === 'linux')('takes over from a process that ended unheard', async () => {
    // The shell becomes a program that knows nothing of the child, and never asks how it ended.
    const parent = spawn('sh', ['-c', 'sh -c "echo \\$\\$" & exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = line.toString().trim();
      const stateOf = (): string => readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.charAt(0);
      await vi.waitUntil(() => stateOf() === 'Z', 10_000);
      writeFileSync(join(run.root, 'lock'), `${pid} ${hostname()}`);
      using _lock = lockRunFolder(run);
    } finally {
      parent.kill();
    }
    expect(existsSync(join(run.root, 'lock'))).toBe(false);
  });

  it('believes a holder on another machine', () => {
    writeFileSync(join(run.root, 'lock'), '1 elsewhere');
    expect(() => lockRunFolder(run)).toThrow('got process 1 on elsewhere');
  });
});
