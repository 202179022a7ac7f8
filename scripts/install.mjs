// Installs what the repository needs, once. Runs on Node 20 with nothing installed.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChild } from './run-child.mjs';

/** The repository's folder. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const NODE_MAJOR = 24;
const INSTALL_LIMIT_MS = 15 * 60_000;
const STAMP = join(ROOT, 'node_modules', '.monosema-installed');

/**
 * Installs the packages of pnpm-lock.yaml unless that has been done for this very lockfile, and finds a Node that
 * runs the sources. Ends the process with one sentence where either cannot be had.
 *
 * @returns {Promise<string>} path of a Node of version 24 or newer
 */
export async function install() {
  expectNode();
  const lock = createHash('sha256')
    .update(readFileSync(join(ROOT, 'pnpm-lock.yaml')))
    .digest('hex');
  if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== lock) {
    process.stderr.write('installing packages into node_modules (once; a minute or two)\n');
    await runPnpm(['install', '--frozen-lockfile', '--reporter=append-only']);
    writeFileSync(STAMP, lock);
  }
  return findNode();
}

/**
 * Runs the pnpm that package.json pins. Ends the process with one sentence where it fails.
 *
 * @param {readonly string[]} args
 * @param {string} cwd
 */
export async function runPnpm(args, cwd = ROOT) {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const { code, output, timedOut, interrupted } = await runChild(
    'npx',
    ['-y', packageManager, ...args],
    // CI keeps pnpm from asking questions that nobody would see.
    { cwd, stdio: 'pipe', env: { ...environment(), CI: 'true' }, limitMs: INSTALL_LIMIT_MS },
  );
  if (interrupted) stop('install: interrupted; run the same command again to go on', 130);
  if (code === 0 && !timedOut) return;
  const last = output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-15);
  const got = timedOut ? 'no end after 15 minutes' : `exit code ${code}`;
  const cure = output.includes('ERR_PNPM_OUTDATED_LOCKFILE')
    ? `a package.json names what pnpm-lock.yaml does not: run npx ${packageManager} install, and the same command again`
    : 'check the connection to the npm registry and run the same command again';
  stop(`install: expected pnpm to finish, got ${got}; ${cure}\n${last.join('\n')}`, 2);
}

/** The environment without what npm adds for its own scripts, which the npm below would take for its settings. */
function environment() {
  const ofScript = /^npm_(package|lifecycle|command|execpath|config_local_prefix)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofScript.test(name)));
}

/** The Node that comes as a package, for the systems that have one. */
const PACKAGED = `node-${process.platform}-${process.arch}`;

/** Before a minute goes into installing for a Node that cannot run what is installed. */
function expectNode() {
  const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  if (!runsSources() && !(PACKAGED in optionalDependencies)) stopForNode();
}

function findNode() {
  if (runsSources()) return process.execPath;
  const pinned = join(ROOT, 'node_modules', PACKAGED, 'bin', 'node');
  return existsSync(pinned) ? pinned : stopForNode();
}

function runsSources() {
  return Number.parseInt(process.versions.node, 10) >= NODE_MAJOR;
}

function stopForNode() {
  return stop(
    `install: expected Node ${NODE_MAJOR} or newer, got ${process.version}, and none is packaged for ${process.platform}-${process.arch}; install Node ${NODE_MAJOR} and run the same command again`,
    2,
  );
}

function stop(message, code) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
