import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Served {
  readonly port: number;
  readonly close: () => void;
}
const { serve } = (await import(new URL('../scripts/serve.mjs', import.meta.url).href)) as {
  readonly serve: (folder: string, firstPort: number) => Promise<Served>;
};

let folder: string;
let served: Served;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-serve-'));
  mkdirSync(join(folder, 'site', 'A', '1'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(folder, 'site', 'index.html'), '<title>home</title>');
  writeFileSync(join(folder, 'site', 'A', '1', 'index.html'), '<title>A/1</title>');
  writeFileSync(join(folder, 'site', 'A', '1', 'a b.js'), 'let x;');
  served = await serve(join(folder, 'site'), 4700);
});
afterAll(() => {
  served.close();
  rmSync(folder, { recursive: true });
});

/** Sends a path as it is written; fetch would resolve the dots before sending. */
function get(
  path: string,
  method = 'GET',
): Promise<{ status: number; type: string; location: string; body: string }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: served.port, path, method }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => {
        const { 'content-type': type = '', location = '' } = response.headers;
        resolve({ status: response.statusCode ?? 0, type, location, body });
      });
    })
      .on('error', reject)
      .end();
  });
}

describe('serve', () => {
  it('gives files with their types, and folders by their index', async () => {
    expect(await get('/')).toMatchObject({
      status: 200,
      type: 'text/html; charset=utf-8',
      body: '<title>home</title>',
    });
    expect(await get('/A/1/?sort=density')).toMatchObject({ status: 200, body: '<title>A/1</title>' });
    expect(await get('/A/1')).toMatchObject({ status: 301, location: '/A/1/' });
    expect(await get('/A/1/a%20b.js')).toMatchObject({
      status: 200,
      type: 'text/javascript; charset=utf-8',
      body: 'let x;',
    });
    expect(await get('/', 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/A/../../secret.txt',
    '/..%5csecret.txt',
    '/%00',
    '/%zz',
    '//secret.txt',
    '/A',
  ])('gives nothing from outside the folder, and no listing: %s', async (path) => {
    const { status, body } = await get(path);
    expect([301, 404]).toContain(status);
    expect(body).not.toContain('secret');
  });

  it("answers a missing page with the site's own 404 page where it has one", async () => {
    expect(await get('/none.html')).toMatchObject({ status: 404, type: 'text/plain; charset=utf-8' });
    writeFileSync(join(folder, 'site', '404.html'), '<title>lost</title>');
    expect(await get('/none.html')).toMatchObject({
      status: 404,
      type: 'text/html; charset=utf-8',
      body: '<title>lost</title>',
    });
  });

  it('takes no other method', async () => {
    expect((await get('/', 'POST')).status).toBe(405);
  });

  it('takes the next port when one is taken, whoever has it', async () => {
    const taken = await new Promise<Server>((resolve) => {
      const server = createServer().listen(4750, '127.0.0.1', () => resolve(server));
    });
    const other = await serve(folder, 4750);
    const third = await serve(folder, 4750);
    expect([other.port, third.port]).toEqual([4751, 4752]);
    other.close();
    third.close();
    taken.close();
  });
});
