import { createServer, type Server } from 'node:http';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDevice } from '@monosema/engine';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Trained } from './browser/page.ts';
import { trainDictionary } from './browser/train-dictionary.ts';
import { openBrowser, visit } from './site/browser.ts';

/** Nothing but the page's own files: no eval, no inline script, no data URL to fetch. */
const POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'";

let browser: Browser;
let folder: string;
let inNode: Awaited<ReturnType<typeof trainDictionary>>;
beforeAll(async () => {
  const gpu = await openDevice({ adapter: 'swiftshader' });
  inNode = await trainDictionary(gpu).finally(() => gpu.close());
  folder = mkdtempSync(join(tmpdir(), 'monosema-browser-'));
  browser = await openBrowser(['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']);
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** What the page says instead of training. */
async function whyNot(other: Browser, address: string): Promise<string> {
  const { page } = await visit(other, new URL(address), 'index.html');
  return page.evaluate(() =>
    (globalThis as unknown as { trainHere: () => Promise<Trained> }).trainHere().then(
      () => 'it trained',
      (error: Error) => `${error.name}: ${error.message}`,
    ),
  );
}

test('the program for browsers in the README of the engine runs, and shows what it should', async () => {
  const readme = readFileSync(new URL('../packages/engine/README.md', import.meta.url), 'utf8');
  const program = /```ts\n([^`]*'@monosema\/engine\/browser'.*?)```/s.exec(readme)![1]!;
  // Beside the test, where Vite finds the packages of this workspace.
  const root = fileURLToPath(new URL('out/readme', import.meta.url));
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'program.js'), program);
  writeFileSync(join(root, 'index.html'), '<script type="module" src="./program.js"></script>\n');
  const site = join(folder, 'readme');
  await bundle(root, site, 4096);
  const server = await serve(site);
  try {
    const { port } = server.address() as AddressInfo;
    const { page } = await visit(browser, new URL(`http://127.0.0.1:${port}/`), 'index.html');
    await page.waitForFunction(() => Reflect.get(globalThis, 'document').title !== '');
    expect(await page.title()).toBe('SwiftShader: 7 10 15 22');
  } finally {
    server.close();
  }
});

describe.each([
  { kernels: 'emitted as files', assetsInlineLimit: 0 },
  { kernels: 'put into the script where small, as Vite does by default', assetsInlineLimit: 4096 },
])('the engine, bundled with kernels $kernels', ({ assetsInlineLimit }) => {
  let server: Server;
  let site: string;
  beforeAll(async () => {
    site = join(folder, `${assetsInlineLimit}`);
    await bundle(fileURLToPath(new URL('browser', import.meta.url)), site, assetsInlineLimit);
    server = await serve(site);
  });
  afterAll(() => server.close());

  test('trains a dictionary in a browser to the bits that Node gets on the same adapter', async () => {
    const { port } = server.address() as AddressInfo;
    const { page, complaints, requests } = await visit(
      browser,
      new URL(`http://127.0.0.1:${port}/`),
      'index.html',
    );
    const trained = await page.evaluate(() =>
      (globalThis as unknown as { trainHere: () => Promise<Trained> }).trainHere(),
    );
    expect(complaints).toEqual([]);
    expect(requests.filter((url) => !url.startsWith(`http://127.0.0.1:${port}/`))).toEqual([]);
    expect(requests.some((url) => url.endsWith('.wgsl'))).toBe(assetsInlineLimit === 0);
    expect(trained.adapter).toEqual({
      name: 'SwiftShader',
      driver: 'google swiftshader',
      adapterClass: 'cpu-narrow',
      software: true,
      demotion: null,
    });
    expect({ bits: trained.bits, losses: trained.losses }).toEqual(inNode);
    expect(inNode.losses.at(-1)).toBeLessThan(inNode.losses[0]!);
  });

  test('says what is missing where a page cannot compute, and what to do', async () => {
    const { port } = server.address() as AddressInfo;
    const other = await openBrowser(['--host-resolver-rules=MAP plain.test 127.0.0.1']);
    try {
      expect(await whyNot(other, `http://plain.test:${port}/`)).toBe(
        'AdapterError: openDevice: expected a page with WebGPU, got one over plain http; serve it over https or from localhost',
      );
      expect(await whyNot(other, `http://127.0.0.1:${port}/`)).toBe(
        'AdapterError: openDevice: expected an adapter from the browser, got none; turn on hardware acceleration in its settings, or update the graphics driver',
      );
    } finally {
      await other.close();
    }
  });
});

/** Builds a page as its author would. */
async function bundle(root: string, outDir: string, assetsInlineLimit: number): Promise<void> {
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true, assetsInlineLimit },
  });
}

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** Serves a folder under the strict policy. */
function serve(root: string): Promise<Server> {
  const files = new Set(readdirSync(root, { recursive: true }).map(String));
  const server = createServer((request, response) => {
    const name = new URL(request.url!, 'http://localhost').pathname.slice(1);
    if (!files.has(name)) {
      response.writeHead(name === 'favicon.ico' ? 204 : 404).end();
      return;
    }
    const type = TYPES[extname(name)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY });
    response.end(readFileSync(join(root, name)));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
