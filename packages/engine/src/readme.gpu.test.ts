import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('the program in the README runs and prints what the README says', () => {
  const folder = new URL('../', import.meta.url);
  const readme = readFileSync(new URL('README.md', folder), 'utf8');
  const [program, output] = [/```ts\n(.*?)```/s, /```text\n(.*?)```/s].map(
    (block) => block.exec(readme)![1]!,
  );
  const run = spawnSync(process.execPath, ['--input-type=module-typescript', '--eval', program!], {
    cwd: fileURLToPath(folder),
    encoding: 'utf8',
    timeout: 120_000,
  });
  expect(run.status, run.stderr).toBe(0);
  expect(run.stdout).toBe(output);
});
