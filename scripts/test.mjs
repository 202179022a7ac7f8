// npm test: installs, runs every check and test, and closes with the line `N passed, N failed`.
import { findAdapters } from './adapters.mjs';
import { CHECKS, runCheck } from './checks.mjs';
import { install } from './install.mjs';
import { runSteps } from './steps.mjs';
import { runVitest } from './vitest.mjs';

const LIMIT_MS = 20 * 60_000;

const node = await install();
const adapters = await findAdapters(node);
const tests = (project, adapter) => ({
  name: `tests ${project}${adapter === undefined ? '' : ` on ${adapter}`}`,
  run: () => runVitest({ project, adapter, limitMs: LIMIT_MS }, node),
});
process.exitCode = await runSteps([
  ...CHECKS.map((check) => ({ name: check.name, run: () => runCheck(check, node) })),
  tests('cpu'),
  ...adapters.map((adapter) => tests('gpu', adapter)),
  // What a training learns does not hang on the adapter: the last one found, which is the fastest, is enough.
  tests('learning', adapters.at(-1)),
  tests('browser'),
  tests('site'),
]);
