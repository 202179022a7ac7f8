// npm run check: what npm test checks before any test, in seconds.
import { CHECKS, runCheck } from './checks.mjs';
import { install } from './install.mjs';
import { runSteps } from './steps.mjs';

const node = await install();
process.exitCode = await runSteps(
  CHECKS.map((check) => ({ name: check.name, run: () => runCheck(check, node) })),
);
