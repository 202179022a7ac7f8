import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFixture, writeFixturePlayground } from '@monosema/report/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, visit } from './site/browser.ts';

const { serve } = (await import(new URL('../scripts/serve.mjs', import.meta.url).href)) as {
  readonly serve: (folder: string, firstPort: number) => Promise<{ port: number; close: () => void }>;
};
const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
const TARBALLS = join(REPOSITORY, 'out', 'packages');
const PACKAGES = ['engine', 'trainer', 'report'];

/** A folder outside the workspace, in which the tarballs are installed. */
let folder: string;

beforeAll(() => {
  execFileSync(process.execPath, [join(REPOSITORY, 'scripts', 'pack.mjs')], { stdio: 'pipe' });
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'monosema-stranger-')));
  write('package.json', '{ "private": true, "type": "module" }\n');
  for (const name of PACKAGES) installTarball(name);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As npm does, but for what comes from a registry: that is linked to what this workspace has of the same versions. */
function installTarball(name: string): void {
  const target = join(folder, 'node_modules', '@monosema', name);
  const tarball = readdirSync(TARBALLS).find((file) => file.startsWith(`monosema-${name}-`))!;
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', join(TARBALLS, tarball), '-C', target, '--strip-components=1']);
  const manifest = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')) as Record<string, object>;
  const needed = ['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((kind) =>
    Object.keys(manifest[kind] ?? {}),
  );
  for (const dependency of needed) link(dependency, join('packages', name));
}

function link(dependency: string, from: string): void {
  const to = join(folder, 'node_modules', dependency);
  if (existsSync(to)) return;
  mkdirSync(dirname(to), { recursive: true });
  symlinkSync(realpathSync(join(REPOSITORY, from, 'node_modules', dependency)), to, 'junction');
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 240_000,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Not the test runner's own variables, which tell Vite that this is no production build.
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      ASTRO_TELEMETRY_DISABLED: '1',
      MONOSEMA_ADAPTER: 'swiftshader',
    },
  });
}

const packaged = (path: string): string => join(folder, 'node_modules', path);

/** The blocks of code in a package's README, of one language. */
function blocks(name: string, language: string): string[] {
  const readme = readFileSync(packaged(`@monosema/${name}/README.md`), 'utf8');
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map((block) => block[1]!);
}

test("the engine's first program runs under Node, on the adapter that comes along", () => {
  const [program] = blocks('engine', 'ts');
  const [printed] = blocks('engine', 'text');
  write('program.ts', program!);
  expect(run(process.execPath, 'program.ts')).toBe(printed);
});

test("the engine's program for browsers is bundled by Vite with the kernels it uses, and runs", async () => {
  const program = blocks('engine', 'ts').find((block) => block.includes('@monosema/engine/browser'))!;
  write('web/program.ts', program);
  write('web/index.html', '<script type="module" src="./program.ts"></script>\n');
  link('vite', 'test');
  run(process.execPath, packaged('vite/bin/vite.js'), 'build', 'web');
  const scripts = readdirSync(join(folder, 'web/dist/assets')).filter((file) => file.endsWith('.js'));
  expect(scripts).toHaveLength(1);
  // The gradient of attention is not needed to square a matrix.
  expect(readFileSync(join(folder, 'web/dist/assets', scripts[0]!), 'utf8')).not.toContain(
    'causal-attention',
  );
  const [server, browser] = await Promise.all([
    serve(join(folder, 'web/dist'), 4800),
    openBrowser(['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']),
  ]);
  try {
    const { page } = await visit(browser, new URL(`http://127.0.0.1:${server.port}/`), 'index.html');
    await expect.poll(() => page.title(), { timeout: 60_000 }).toBe('SwiftShader: 7 10 15 22');
  } finally {
    await browser.close();
    server.close();
  }
});

test('the command trains a study that is written in TypeScript, and computes what golden files say', () => {
  const command = packaged('@monosema/trainer/bin/monosema.mjs');
  const golden = join(REPOSITORY, 'test', 'golden', 'gpt2-1l-relu.safetensors');
  expect(run(process.execPath, command, '--help')).toContain('Usage: monosema');
  expect(run(process.execPath, command, 'doctor', '--golden', golden)).toContain('largest relative error');
  write('my-study/study.config.ts', blocks('trainer', 'ts')[0]!);
  for (let i = 0; i < 40; i++)
    write(`my-study/text/${i}.txt`, `${i} GATTACACATCATTAGGACATTACAGGATCC\n`.repeat(10));
  const settings = ['tokenizer.vocabulary=300', 'transformer.tokens=2048'];
  const sets = settings.flatMap((setting) => ['--set', setting]);
  run(process.execPath, command, 'train-model', 'my-study/study.config.ts', '--out', 'run', ...sets);
  expect(readdirSync(join(folder, 'run', 'models', 'A'))).toContain('model.safetensors');
});

test('ten lines of configuration make a site, with pages of its own', () => {
  const [config] = blocks('report', 'js');
  expect(
    config!
      .trim()
      .split('\n')
      .filter((line) => line !== ''),
  ).toHaveLength(10);
  write('site/astro.config.mjs', config!);
  write('site/package.json', '{ "private": true, "type": "module" }\n');
  write('site/src/pages/about.astro', blocks('report', 'astro')[0]!);
  writeFixture(join(folder, 'site', 'records'), ['A/0', 'A/1', 'B/1', 'A/neurons', 'B/neurons', 'R/1']);
  writeFixturePlayground(join(folder, 'site', 'records'));
  run(process.execPath, packaged('astro/bin/astro.mjs'), 'build', '--root', 'site');
  const page = (name: string): string => readFileSync(join(folder, 'site', 'dist', name), 'utf8');
  expect(page('A/1/11.html')).toContain('<title>A/1 feature 11:');
  expect(page('about.html')).toContain('Who made this, and why.');
  expect(page('method.html')).toContain('How the figures were made');
  // The scripts of pages are bundled anew, from what the packages have.
  const assets = readdirSync(join(folder, 'site', 'dist', 'assets'));
  expect(assets.some((file) => /^browse\..*\.js$/.test(file))).toBe(true);
  const compute = page(`assets/${assets.find((file) => /^compute\..*\.js$/.test(file))!}`);
  // Kernels are in it, and nothing that only Node has.
  expect(compute.match(/data:text\/wgsl/g)!.length).toBeGreaterThan(10);
  expect(compute).not.toMatch(/node:(fs|path)|require\(/);
});

test('the types that come along fit together, for a program and for a page', () => {
  const options = { target: 'esnext', module: 'nodenext', strict: true, noEmit: true, skipLibCheck: false };
  const lib = ['esnext', 'dom'];
  const files = ['program.ts', 'web/program.ts', 'my-study/study.config.ts', 'records.ts'];
  write(
    'records.ts',
    `import { openRecords } from '@monosema/trainer/records';\nopenRecords('site/records');\n`,
  );
  write('tsconfig.json', JSON.stringify({ compilerOptions: { ...options, lib, types: ['node'] }, files }));
  link('@types/node', '.');
  link('typescript', '.');
  run(process.execPath, packaged('typescript/bin/tsc'), '--project', '.');
});
