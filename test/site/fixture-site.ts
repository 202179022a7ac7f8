import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFixture } from '@monosema/report/testing';

/** Folder for sites of tests; inside the workspace, where Astro finds its packages. */
export const SITES = fileURLToPath(new URL('../out', import.meta.url));

/** Where the site of made-up records says that it is. */
export const SITE_ADDRESS = 'https://example.org/studies/';

/** A built site: its folder, its files, and what the build printed. */
export interface BuiltSite {
  folder: string;
  files: string[];
  output: string;
  read(file: string): string;
}

/** Builds a site of made-up records by the command a publisher runs; once for all test files of the same sources. */
export function buildFixtureSite(): BuiltSite {
  const root = join(SITES, 'site');
  const note = join(root, 'built.json');
  const key = sourcesKey();
  if (existsSync(note)) {
    const built = JSON.parse(readFileSync(note, 'utf8')) as { key: string; output: string };
    if (built.key === key) return siteIn(join(root, 'dist'), built.output);
  }
  rmSync(root, { recursive: true, force: true });
  writeFixture(join(root, 'records'));
  const site = buildSite(root, 'records', 'A <b>fixture</b>', {
    config: { site: SITE_ADDRESS },
    options: { authors: ['Anna "A" Ant'] },
  });
  writeFileSync(note, JSON.stringify({ key, output: site.output }));
  return site;
}

/** Hash of everything that a site of made-up records is made of. */
function sourcesKey(): string {
  const hash = createHash('sha256');
  for (const folder of ['packages/report/src', 'packages/trainer/src/records', 'docs', 'pnpm-lock.yaml']) {
    const path = fileURLToPath(new URL(`../../${folder}`, import.meta.url));
    const files = folder.includes('.') ? [path] : filesBelow(path).map((file) => join(path, file));
    for (const file of files.sort()) hash.update(file).update(readFileSync(file));
  }
  return hash.update(readFileSync(fileURLToPath(import.meta.url))).digest('hex');
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

function siteIn(folder: string, output: string): BuiltSite {
  return {
    folder,
    files: filesBelow(folder),
    output,
    read: (file) => readFileSync(join(folder, file), 'utf8'),
  };
}

/**
 * Writes the few files of a site into `root` and builds it.
 *
 * @param records as its configuration names them
 * @param more of Astro's configuration, and of the report's options
 */
export function buildSite(
  root: string,
  records: string,
  title: string,
  { config = {}, options = {} }: { config?: object; options?: object } = {},
): BuiltSite {
  mkdirSync(join(root, 'src'), { recursive: true });
  writeFileSync(
    join(root, 'package.json'),
    '{ "name": "fixture-site", "private": true, "type": "module" }\n',
  );
  writeFileSync(join(root, 'src/intro.md'), 'An introduction with *emphasis*.\n');
  writeFileSync(
    join(root, 'astro.config.mjs'),
    `import monosemaReport from '@monosema/report';
export default { ...${JSON.stringify(config)}, integrations: [monosemaReport(${JSON.stringify({ records, title, intro: 'src/intro.md', ...options })})] };\n`,
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
  return siteIn(join(root, 'dist'), output);
}
