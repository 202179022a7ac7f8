import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFixture } from '@monosema/report/testing';

/** Folder for sites of tests; inside the workspace, where Astro finds its packages. */
export const SITES = fileURLToPath(new URL('../out', import.meta.url));

/** A built site: its folder, its files, and what the build printed. */
export interface BuiltSite {
  folder: string;
  files: string[];
  output: string;
  read(file: string): string;
}

/** Builds a site of made-up records by the command a publisher runs. */
export function buildFixtureSite(): BuiltSite {
  const root = join(SITES, 'site');
  rmSync(root, { recursive: true, force: true });
  writeFixture(join(root, 'records'));
  return buildSite(root, 'records', 'A <b>fixture</b>');
}

/** Writes the few files of a site into `root` and builds it. @param records as its configuration names them */
export function buildSite(root: string, records: string, title: string): BuiltSite {
  mkdirSync(join(root, 'src'), { recursive: true });
  writeFileSync(
    join(root, 'package.json'),
    '{ "name": "fixture-site", "private": true, "type": "module" }\n',
  );
  writeFileSync(join(root, 'src/intro.md'), 'An introduction with *emphasis*.\n');
  writeFileSync(
    join(root, 'astro.config.mjs'),
    `import monosemaReport from '@monosema/report';
export default { integrations: [monosemaReport({ records: ${JSON.stringify(records)}, title: ${JSON.stringify(title)}, intro: 'src/intro.md' })] };\n`,
  );
  const astro = join(dirname(createRequire(import.meta.url).resolve('astro/package.json')), 'bin/astro.mjs');
  const output = execFileSync(process.execPath, [astro, 'build'], {
    cwd: root,
    encoding: 'utf8',
    // Not the test runner's own variables, which tell Vite that this is no production build.
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ASTRO_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  });
  const folder = join(root, 'dist');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  return { folder, files, output, read: (file) => readFileSync(join(folder, file), 'utf8') };
}
