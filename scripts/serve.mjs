// A static file server for looking at a built site on this machine: no listing, no caching, nothing outside the folder.
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, sep } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.xml': 'application/xml; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.parquet': 'application/vnd.apache.parquet',
};

const HOSTS = ['127.0.0.1', '::1'];
const PORTS_TRIED = 100;

/**
 * Serves a folder on localhost, on the first free port from the given one on.
 *
 * @param {string} folder
 * @param {number} firstPort
 * @returns {Promise<{ port: number, close: () => void }>}
 * @throws {Error} if a hundred ports are taken
 */
export async function serve(folder, firstPort) {
  for (let port = firstPort; port < firstPort + PORTS_TRIED; port += 1) {
    const servers = await listenEverywhere(folder, port);
    if (servers !== null) return { port, close: () => servers.forEach((server) => server.close()) };
  }
  throw new Error(
    `serve: expected a free port from ${firstPort} to ${firstPort + PORTS_TRIED - 1}, got none; close what uses them`,
  );
}

/** Takes the port on both families, since browsers try either for "localhost"; null where one is taken. */
async function listenEverywhere(folder, port) {
  const servers = [];
  for (const host of HOSTS) {
    const server = createServer((request, response) => answer(folder, request, response));
    const error = await new Promise((resolve) => {
      server.once('error', resolve);
      server.listen(port, host, () => resolve(null));
    });
    if (error === null) servers.push(server);
    else if (error.code === 'EADDRINUSE' || error.code === 'EACCES') {
      servers.forEach((other) => other.close());
      return null;
    }
  }
  return servers.length > 0 ? servers : null;
}

function answer(folder, request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  const path = pathOf(request.url ?? '/');
  const file = path === null ? null : join(folder, path);
  const stats = file === null ? undefined : statSync(file, { throwIfNoEntry: false });
  if (stats?.isDirectory() && !path.endsWith('/')) {
    response.writeHead(301, { location: encodeURI(`${path}/`) }).end();
    return;
  }
  const found = stats?.isDirectory() ? join(file, 'index.html') : file;
  if (found !== null && send(response, request.method, 200, found)) return;
  if (send(response, request.method, 404, join(folder, '404.html'))) return;
  response.writeHead(404, { 'content-type': TYPES['.txt'] }).end('404: there is no such page\n');
}

/** The path a URL asks for, below the folder; null where it would lead out of it or cannot be one. */
function pathOf(url) {
  let path;
  try {
    path = decodeURIComponent(url.split(/[?#]/, 1)[0]);
  } catch {
    return null;
  }
  if (!path.startsWith('/') || path.includes('\0') || path.includes('\\')) return null;
  return path.split('/').some((part) => part === '..' || part.includes(sep)) ? null : path;
}

function send(response, method, status, file) {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats?.isFile()) return false;
  response.writeHead(status, {
    'content-type': TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream',
    'content-length': stats.size,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  });
  if (method === 'HEAD') response.end();
  else
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response);
  return true;
}
