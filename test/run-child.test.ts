import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly timedOut: boolean;
}
type RunChild = (
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly stdio: 'pipe'; readonly limitMs?: number },
) => Promise<Ended>;
const scripts = new URL('../scripts/', import.meta.url);
const { runChild } = (await import(new URL('run-child.mjs', scripts).href)) as {
  readonly runChild: RunChild;
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-child-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const node = (code: string, limitMs = 0): Promise<Ended> =>
  runChild(process.execPath, ['--input-type=module', '-e', code], { cwd: folder, stdio: 'pipe', limitMs });

describe('runChild', () => {
  it('returns the exit code and both streams', async () => {
    const { code, output } = await node(
      'console.log("to out"); console.error("to err"); process.exitCode = 3;',
    );
    expect(code).toBe(3);
    expect(output.split('\n').toSorted()).toEqual(['', 'to err', 'to out']);
  });

  it('ends a program that hangs, together with what it started', { timeout: 20_000 }, async () => {
    const grandchild = 'fs.writeFileSync("pid", String(process.pid)); setInterval(() => {}, 1000);';
    const { timedOut } = await node(
      `import { spawn } from 'node:child_process';
       spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { stdio: 'ignore' });
       setInterval(() => {}, 1000);`,
      1500,
    );
    expect(timedOut).toBe(true);
    expect(existsSync(join(folder, 'pid'))).toBe(true);
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    await expect.poll(() => isRunning(pid), { timeout: 5000 }).toBe(false);
  });

  it.runIf(hasPseudoTerminal())("leaves out Dawn's noise on a terminal, and nothing else", () => {
    const child = `
      const { WriteStream } = require('node:tty');
      const words = new WriteStream(Number(process.env.MONOSEMA_WORDS));
      process.stderr.write('Warning: maxDynamicUniformBuffersPerPipelineLayout artificially reduced from 1000000 to 16 to fit dynamic offset allocation limit.\\n');
      process.stderr.write('Warning: something that matters\\n');
      words.write('words on a terminal ' + words.columns + ' wide\\n');
      process.exitCode = 3;`;
    const parent = `
      import { runChild } from ${JSON.stringify(new URL('run-child.mjs', scripts).href)};
      const { code } = await runChild(process.execPath, ['-e', ${JSON.stringify(child)}], { cwd: '.', stdio: 'inherit' });
      console.log('ended with ' + code);`;
    writeFileSync(join(folder, 'parent.mjs'), parent);
    const command = `stty cols 77; exec '${process.execPath}' parent.mjs`;
    const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { cwd: folder, encoding: 'utf8' });
    expect(stdout.trim().split(/\r?\n/).toSorted()).toEqual([
      'Warning: something that matters',
      'ended with 3',
      'words on a terminal 77 wide',
    ]);
  });

  it('says so when there is no such program', async () => {
    expect(await runChild(join(folder, 'none'), [], { cwd: folder, stdio: 'pipe' })).toMatchObject({
      code: 1,
      output: expect.stringContaining('ENOENT'),
    });
  });
});

describe('the closing line', () => {
  const steps = (second: string): Promise<Ended> =>
    node(`const { runSteps } = await import(${JSON.stringify(new URL('steps.mjs', scripts).href)});
      process.exitCode = await runSteps([
        { name: 'format', run: async () => ({ passed: 1, failed: 0, details: '', interrupted: false }) },
        { name: 'tests', run: async () => (${second}) },
      ]);`);

  it('sums up what passed', async () => {
    const { code, output } = await steps('{ passed: 40, failed: 0, details: "", interrupted: false }');
    expect(output.trimEnd().split('\n').at(-1)).toBe('41 passed, 0 failed');
    expect(code).toBe(0);
  });

  it('stands last also when something failed, after its details', async () => {
    const { code, output } = await steps(
      '{ passed: 38, failed: 2, details: "a.test.ts: adds\\nexpected 2", interrupted: false }',
    );
    expect(output).toContain('\na.test.ts: adds\nexpected 2\n\ntests   38 passed, 2 failed in ');
    expect(output.trimEnd().split('\n').at(-1)).toBe('39 passed, 2 failed');
    expect(code).toBe(1);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // One that has ended stays listed as a zombie until its new parent looks at it, which some containers' never does.
  const status = `/proc/${pid}/status`;
  return !existsSync(status) || !/^State:\s*Z/m.test(readFileSync(status, 'utf8'));
}

/** Whether `script` of util-linux is here, which runs a program on a terminal of its own. */
function hasPseudoTerminal(): boolean {
  return spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;
}
