import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AdapterError } from '@monosema/engine';
import { Interrupted } from '../artefacts/interrupted.ts';
import { RunFolderError } from '../artefacts/run-folder-error.ts';
import { SafetensorsError } from '../artefacts/safetensors.ts';
import { ConfigError } from '../config/config-error.ts';
import { RecordsError } from '../records/records-error.ts';
import { CorpusError } from '../text/corpus-error.ts';
import { endingOf, UsageError } from './cli-error.ts';

const file = import.meta.filename;
const folder = import.meta.dirname;

function thrownBy(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('expected an error');
}

describe('endingOf', () => {
  it.each([UsageError, ConfigError, CorpusError, RunFolderError, RecordsError, SafetensorsError])(
    "takes a %o for the user's to mend, in its own words",
    (kind) => {
      expect(endingOf(new kind('corpus x: expected text'))).toEqual({
        code: 2,
        message: 'corpus x: expected text',
      });
    },
  );

  it('has codes of their own for a missing adapter and for Ctrl-C', () => {
    expect(endingOf(new AdapterError('no adapter'))).toEqual({ code: 3, message: 'no adapter' });
    expect(endingOf(new Interrupted()).code).toBe(130);
  });

  it('takes everything else for a bug of ours, and says so once', () => {
    expect(endingOf(new TypeError('x is undefined'))).toMatchObject({
      code: 1,
      message: expect.stringMatching(/^internal: x is undefined; this is a bug/),
    });
    expect(endingOf(new Error('internal: no share')).message).toMatch(/^internal: no share; this is a bug/);
    expect(endingOf('text').code).toBe(1);
  });

  it.each([
    [() => readdirSync(file), 'expected a folder, got a file'],
    [() => mkdirSync(file, { recursive: true }), 'expected a folder, got a file'],
    [() => rmSync(folder), 'expected a file, got a folder'],
    [() => readFileSync(folder), 'expected a file, got a folder'],
  ])(
    'says in a sentence that a file is where a folder should be, or the other way round: %s',
    (action, said) => {
      const { code, message } = endingOf(thrownBy(action));
      expect(code).toBe(2);
      expect(message).toContain(said);
    },
  );

  it.skipIf(process.platform === 'win32')('says in a sentence that the working folder is gone', () => {
    const gone = mkdtempSync(join(tmpdir(), 'monosema-gone-'));
    const command = join(folder, '..', '..', 'bin', 'monosema.mjs');
    const script = 'rmdir "$0" && exec "$1" "$2" status';
    const { stderr } = spawnSync('sh', ['-c', script, gone, process.execPath, command], {
      cwd: gone,
      encoding: 'utf8',
    });
    expect(stderr).toBe(
      'expected the folder that the command runs in, got one that was removed; change to another\n',
    );
  });

  it.runIf(existsSync('/dev/full'))('says in a sentence that the disk is full', () => {
    expect(endingOf(thrownBy(() => writeFileSync('/dev/full', 'x')))).toEqual({
      code: 2,
      message:
        'writing: expected room on the disk, got none left; free some space and run the same command again, what is finished is kept',
    });
    // Of a copy it is the new file that there is no room for.
    const copying = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', path: '/from', dest: '/to' });
    expect(endingOf(copying).message).toMatch(/^\/to: expected room on the disk/);
  });
});
