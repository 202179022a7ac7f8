/**
 * Audits pages of a built site with Lighthouse, as a phone and as a desktop would see them:
 * node lighthouse.ts sites/demo/dist [PAGE ...]
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join, resolve } from 'node:path';
import sparticuz from '@sparticuz/chromium';

const PAGES = ['index.html', 'claims.html', 'A/1/index.html', 'A/1/0.html', 'texts/index.html'];
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};

const here = import.meta.dirname;
const [folder = '', ...named] = process.argv.slice(2);
if (!existsSync(join(folder, 'index.html')))
  throw new Error(
    `lighthouse: expected the folder of a built site, got "${folder}"; npm run demo builds one`,
  );

const cwd = join(here, 'lighthouse');
if (!existsSync(join(cwd, 'node_modules', 'lighthouse'))) {
  process.stderr.write('lighthouse: installing it (once)\n');
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd, stdio: 'ignore' });
}
const local = createRequire(join(cwd, 'package.json'));
const { default: lighthouse } = await import(local.resolve('lighthouse'));
const { default: desktop } = await import(local.resolve('lighthouse/core/config/desktop-config.js'));
const { launch } = await import(local.resolve('chrome-launcher'));

const root = resolve(folder);
const server = createServer((request, response) => {
  const path = join(root, new URL(request.url ?? '/', 'http://localhost').pathname);
  const found = path.startsWith(root) && existsSync(path) && statSync(path).isFile();
  response.writeHead(found ? 200 : 404, { 'content-type': TYPES[extname(path)] ?? 'text/plain' });
  response.end(found ? readFileSync(path) : '');
});
await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
const { port } = server.address() as { port: number };
const chrome = await launch({
  chromePath: await sparticuz.executablePath(),
  chromeFlags: ['--headless=old', '--no-sandbox', '--disable-gpu'],
});
const results: Record<string, string | number>[] = [];
for (const page of named.length > 0 ? named : PAGES) {
  for (const [as, config] of [
    ['phone', undefined],
    ['desktop', desktop],
  ]) {
    const options = { port: chrome.port, output: 'json', logLevel: 'error' };
    const { lhr } = await lighthouse(`http://127.0.0.1:${port}/${page}`, options, config);
    const categories = Object.values(lhr.categories) as { id: string; score: number }[];
    const scores = Object.fromEntries(categories.map(({ id, score }) => [id, Math.round(100 * score)]));
    process.stdout.write(`${page} (${as}): ${JSON.stringify(scores)}\n`);
    results.push({ page, as, ...scores });
  }
}
await chrome.kill();
server.close();
const date = new Date().toISOString().slice(0, 10);
const { version } = local('lighthouse/package.json') as { version: string };
const file = join(here, 'results', 'lighthouse.json');
writeFileSync(file, `${JSON.stringify({ bench: 'lighthouse', version, date, results }, null, 2)}\n`);
