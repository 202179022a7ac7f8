// Asks the engine which adapters this machine has, so that every GPU test runs on each of them.
import { environment } from './checks.mjs';
import { ROOT } from './install.mjs';
import { runChild } from './run-child.mjs';

const LIMIT_MS = 60_000;
/** SwiftShader first: it comes with the packages, so that every machine of its kind proves the same. */
const NAMES = ['swiftshader', 'lavapipe', 'hardware'];

/**
 * @param {string} node path of a Node that runs the sources
 * @returns {Promise<string[]>} names that MONOSEMA_ADAPTER takes; `auto` where none opens, whose tests then say what
 * is missing
 */
export async function findAdapters(node) {
  const found = [];
  for (const name of NAMES) if (await opens(name, node)) found.push(name);
  return found.length === 0 ? ['auto'] : found;
}

/** A process for each: what one driver leaves in a process is not to change what the next finds. */
async function opens(name, node) {
  const script = `const { openDevice } = await import('./packages/engine/src/index.ts');
    (await openDevice({ adapter: ${JSON.stringify(name)} })).close();`;
  const { code, interrupted } = await runChild(node, ['--input-type=module', '--eval', script], {
    cwd: ROOT,
    stdio: 'pipe',
    env: environment(node),
    limitMs: LIMIT_MS,
  });
  if (interrupted) process.exit(130);
  return code === 0;
}
