// The checks that need no test runner: one program each, whose exit code says all.
import { join } from 'node:path';
import { ROOT } from './install.mjs';
import { runChild } from './run-child.mjs';

const LIMIT_MS = 5 * 60_000;

/** Format, lint and types, cheapest first. */
export const CHECKS = [
  { name: 'format', program: 'oxfmt', args: ['--check'], remedy: 'npm run fix' },
  { name: 'lint', program: 'oxlint', args: ['--deny-warnings'], remedy: null },
  { name: 'types', program: 'tsc', args: ['-b'], remedy: null },
  // What a browser loads must do without the types of Node.
  {
    name: 'types browser',
    program: 'tsc',
    args: ['-p', 'packages/engine/tsconfig.browser.json'],
    remedy: null,
  },
  {
    name: 'types page',
    program: 'tsc',
    args: ['-p', 'packages/trainer/tsconfig.browser.json'],
    remedy: null,
  },
];

/**
 * Runs one of CHECKS.
 *
 * @returns {Promise<{ passed: number, failed: number, details: string, interrupted: boolean }>}
 */
export async function runCheck({ program, args, remedy }, node) {
  const { code, output, timedOut, interrupted } = await runChild(
    join(ROOT, 'node_modules', '.bin', program),
    args,
    {
      cwd: ROOT,
      stdio: 'pipe',
      env: environment(node),
      limitMs: LIMIT_MS,
    },
  );
  const failed = code !== 0 || timedOut;
  const said = timedOut ? `${output}\n${program}: no end after 5 minutes` : output;
  const details = !failed ? '' : remedy === null ? said : `${said}\n${remedy} mends it`;
  return { passed: failed ? 0 : 1, failed: failed ? 1 : 0, details, interrupted };
}

/** The environment of a program that may look for `node` or a package's command by name. */
export function environment(node) {
  const path = [join(ROOT, 'node_modules', '.bin'), join(node, '..'), process.env.PATH ?? ''];
  return { ...process.env, PATH: path.join(process.platform === 'win32' ? ';' : ':'), NO_COLOR: '1' };
}
