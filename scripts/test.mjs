// npm test: installs, runs every check and test, and closes with the line `N passed, N failed`.
import { CHECKS, runCheck } from './checks.mjs';
import { install } from './install.mjs';
import { runSteps } from './steps.mjs';
import { runVitest } from './vitest.mjs';

const MINUTE_MS = 60_000;

const node = await install();
process.exitCode = await runSteps([
  ...CHECKS.map((check) => ({ name: check.name, run: () => runCheck(check, node) })),
  ...[
    { project: 'cpu', limitMs: 10 * MINUTE_MS },
    { project: 'gpu', limitMs: 20 * MINUTE_MS },
    { project: 'site', limitMs: 20 * MINUTE_MS },
  ].map((tests) => ({ name: `tests ${tests.project}`, run: () => runVitest(tests, node) })),
]);
