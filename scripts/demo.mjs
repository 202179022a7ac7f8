// npm run demo: install, run the demo study, build its site, serve it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { install, ROOT } from './install.mjs';
import { runChild } from './run-child.mjs';
import { serve } from './serve.mjs';
import { buildSite } from './build-site.mjs';

const SITE = join(ROOT, 'sites', 'demo');
const RUN = join(ROOT, 'out', 'demo');
const PORT = 4321;

const node = await install();
await run();
await buildSite(node, SITE, RUN);
await show();

async function run() {
  const command = join(ROOT, 'packages', 'trainer', 'bin', 'monosema.mjs');
  const { code, interrupted } = await runChild(
    node,
    [command, 'run', join('sites', 'demo', 'study.config.ts'), '--out', join('out', 'demo')],
    { cwd: ROOT, stdio: 'inherit' },
  );
  // What went wrong and how to go on has been said by the command itself.
  if (interrupted) process.exit(130);
  if (code !== 0) process.exit(code);
}

async function show() {
  const dist = join(SITE, 'dist');
  const watched = process.stdout.isTTY && !['true', '1'].includes(process.env.CI ?? '');
  if (!watched) {
    process.stdout.write(
      `the site is in ${dist}; run npm run demo in a terminal, without CI set, to have it served\n`,
    );
    return;
  }
  if (!existsSync(join(dist, 'index.html'))) throw new Error(`internal: no index.html in ${dist}`);
  const { port } = await serve(dist, PORT);
  process.stdout.write(`the site is at http://localhost:${port}/ (Ctrl-C ends this)\n`);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      process.stderr.write('\nstopped; npm run demo serves it again in seconds\n');
      process.exit(130);
    });
  }
}
