// Runs one project of the tests and counts what its JSON report says.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { environment } from './checks.mjs';
import { ROOT } from './install.mjs';
import { runChild } from './run-child.mjs';

/**
 * @param {{ project: string, limitMs: number }} options
 * @param {string} node
 * @returns {Promise<{ passed: number, failed: number, details: string, interrupted: boolean }>} a runner that
 * crashes, hangs or finds no test counts as one failure
 */
export async function runVitest({ project, limitMs }, node) {
  const folder = mkdtempSync(join(tmpdir(), 'monosema-test-'));
  const report = join(folder, 'report.json');
  try {
    const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
    const { code, output, timedOut, interrupted } = await runChild(
      node,
      [vitest, 'run', '--project', project, '--reporter=json', `--outputFile=${report}`],
      { cwd: ROOT, stdio: 'pipe', env: environment(node), limitMs },
    );
    const counts = count(report);
    if (timedOut) counts.details += `${output}\nvitest: no end after ${limitMs / 60_000} minutes\n`;
    // Errors outside any test, and a runner that dies, show in the exit code alone.
    if ((code !== 0 || timedOut) && counts.failed === 0) {
      counts.failed = 1;
      if (!timedOut) counts.details += `${output}\nvitest: exit code ${code}\n`;
    }
    return { ...counts, interrupted };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function count(report) {
  const counts = { passed: 0, failed: 0, details: '' };
  let files;
  try {
    files = JSON.parse(readFileSync(report, 'utf8')).testResults;
  } catch {
    return counts;
  }
  for (const file of files) {
    const name = relative(ROOT, file.name);
    const failures = file.assertionResults.filter(({ status }) => status === 'failed');
    counts.passed += file.assertionResults.filter(({ status }) => status === 'passed').length;
    counts.failed += failures.length;
    for (const { fullName, failureMessages } of failures)
      counts.details += `${name}: ${fullName}\n${failureMessages.join('\n')}\n\n`;
    // A file that does not load, or whose hooks fail, has no failing test of its own.
    if (file.status === 'failed' && failures.length === 0) {
      counts.failed += 1;
      counts.details += `${name}\n${file.message}\n\n`;
    }
  }
  return counts;
}
