// Runs steps one after another, with one line each, and sums them up.

/**
 * Prints a line a step, the details of what failed, and at last `N passed, N failed`.
 *
 * @param {{ name: string, run: () => Promise<{ passed: number, failed: number, details: string, interrupted: boolean }> }[]} steps
 * @returns {Promise<number>} exit code: 0 where nothing failed, 130 after Ctrl-C
 */
export async function runSteps(steps) {
  const total = { passed: 0, failed: 0 };
  const width = Math.max(...steps.map(({ name }) => name.length));
  for (const { name, run } of steps) {
    const started = performance.now();
    const { passed, failed, details, interrupted } = await run();
    if (interrupted) {
      process.stderr.write('\ninterrupted; run the same command again\n');
      return 130;
    }
    total.passed += passed;
    total.failed += failed;
    if (details !== '') process.stdout.write(`\n${details.trimEnd()}\n\n`);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stdout.write(
      `${name.padEnd(width)}  ${passed} passed${failed > 0 ? `, ${failed} failed` : ''} in ${seconds}s\n`,
    );
  }
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
  return total.failed === 0 ? 0 : 1;
}
