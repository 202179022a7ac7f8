import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./testing/short-training.ts', import.meta.url));

/** Trains in a process of its own. @returns a hash of a model's and a dictionary's bytes */
function train(seed: number): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, String(seed)], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  expect(status, stderr).toBe(0);
  return stdout.trim();
}

test('a model and a dictionary trained in two processes from one seed have the same bytes', () => {
  const first = train(7);
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(train(7)).toBe(first);
  expect(train(8)).not.toBe(first);
});
