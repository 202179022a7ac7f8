// Runs one project of the tests and counts what its JSON report says.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment } from './checks.mjs';
import { ROOT } from './install.mjs';
import { runChild } from './run-child.mjs';

/** Projects with a configuration of their own. */
const CONFIGS = { browser: 'vitest.browser.config.ts' };

/**
 * @param {{ project: string, adapter?: string, limitMs: number }} options the adapter is the one that every test opens
 * @param {string} node
 * @returns {Promise<{ passed: number, failed: number, details: string, interrupted: boolean }>} a runner that
 * crashes, hangs or finds no test counts as one failure
 */
export async function runVitest({ project, adapter, limitMs }, node) {
  const folder = mkdtempSync(join(tmpdir(), 'monosema-test-'));
  const report = join(folder, 'report.json');
  try {
    const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
    const { code, output, timedOut, interrupted } = await runChild(
      node,
      [
        vitest,
        'run',
        ...(project in CONFIGS ? ['--config', CONFIGS[project]] : ['--project', project]),
        '--reporter=default',
        '--reporter=json',
        `--outputFile=${report}`,
      ],
      {
        cwd: ROOT,
        stdio: 'pipe',
        env: { ...environment(node), ...(adapter === undefined ? {} : { MONOSEMA_ADAPTER: adapter }) },
        limitMs,
      },
    );
    const counts = count(report);
    // Errors outside any test, and a runner that dies, show in the exit code alone.
    if ((code !== 0 || timedOut) && counts.failed === 0) counts.failed = 1;
    const details = counts.failed === 0 ? '' : failuresIn(output);
    const limit = timedOut ? `\nvitest: no end after ${limitMs / 60_000} minutes` : '';
    return { ...counts, details: details + limit, interrupted };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What Vitest prints after its list of tests; all of it where it did not come that far. */
function failuresIn(output) {
  const start = output.search(/^.*⎯ (Failed|Unhandled|Startup) /m);
  return start < 0 ? output : output.slice(start);
}

function count(report) {
  const counts = { passed: 0, failed: 0 };
  let files;
  try {
    files = JSON.parse(readFileSync(report, 'utf8')).testResults;
  } catch {
    return counts;
  }
  for (const { status, assertionResults } of files) {
    const failed = assertionResults.filter((test) => test.status === 'failed').length;
    counts.passed += assertionResults.filter((test) => test.status === 'passed').length;
    // A file that does not load, or whose hooks fail, has no failing test of its own.
    counts.failed += status === 'failed' && failed === 0 ? 1 : failed;
  }
  return counts;
}
