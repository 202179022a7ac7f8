import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { RunFolder } from './run-folder.ts';
import { RunFolderError } from './run-folder-error.ts';

/**
 * Keeps a run's folder for this process until it is disposed of: two processes at once would take each other's
 * unfinished stages for interrupted ones. What a process that crashed left behind does not count.
 *
 * @throws {RunFolderError} if another process is at work there
 */
export function lockRunFolder(run: RunFolder): Disposable {
  const path = join(run.root, 'lock');
  const own = `${process.pid} ${hostname()}`;
  if (!claim(path, own)) {
    const holder = readHolder(path);
    if (holder !== '' && isAlive(holder))
      throw new RunFolderError(
        `${run.shown}: expected no other monosema to work here, got process ${holder.replace(' ', ' on ')}; wait for it to end, or delete ${run.shown}/lock if it has`,
      );
    rmSync(path, { force: true });
    if (!claim(path, own)) return lockRunFolder(run);
  }
  return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
}

/** Creates the file with the holder's name, or returns false where it is there already. */
function claim(path: string, holder: string): boolean {
  try {
    const file = openSync(path, 'wx');
    writeFileSync(file, holder);
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function isAlive(holder: string): boolean {
  const [pid = '', host] = holder.split(' ');
  // Whether a process of another machine lives cannot be seen from here.
  if (host !== hostname()) return true;
  if (Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether a process has ended and waits for a parent to hear of it, which in many a container never happens. */
function isZombie(pid: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The state comes after the name, which is in brackets and may hold any character.
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    // Only Linux says, and it may be gone by now.
    return false;
  }
}
