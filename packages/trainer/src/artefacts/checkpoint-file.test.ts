import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { uniforms } from '../random/seeded.ts';
import { TEMPORARY } from './atomic-file.ts';
import {
  faultOf,
  heldNames,
  PIECE_ELEMENTS,
  writeCheckpointFile,
  type HeldElements,
} from './checkpoint-file.ts';
import { readSafetensors } from './safetensors.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-checkpoint-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const held = (
  dtype: 'F32' | 'U32',
  shape: number[],
  data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
): HeldElements => ({ dtype, shape, read: (start, count) => data.slice(start, start + count) });

/** A small checkpoint with tensors of both types, one empty. */
async function write(path: string): Promise<void> {
  const tensors = new Map([
    ['weights', held('F32', [2, 3], Float32Array.of(1, -2, 3.5, 4, 5, 6))],
    ['counts', held('U32', [3], Uint32Array.of(7, 8, 0xffff_ffff))],
    ['none', held('U32', [0], new Uint32Array(0))],
  ]);
  await writeCheckpointFile(path, tensors, JSON.stringify({ step: 12, name: 'ä' }));
}

describe('a checkpoint', () => {
  it('holds what it was given, in pieces too, and finds no fault in itself', async () => {
    const path = join(folder, 'whole');
    await write(path);
    expect(faultOf(path)).toBeNull();
    using file = readSafetensors(path);
    expect(heldNames(file)).toEqual(['counts', 'none', 'weights']);
    expect(file.read('weights')).toEqual(Float32Array.of(1, -2, 3.5, 4, 5, 6));
    expect(file.read('counts')).toEqual(Uint32Array.of(7, 8, 0xffff_ffff));
    expect(JSON.parse(file.metadata['state']!)).toEqual({ step: 12, name: 'ä' });

    const large = join(folder, 'large');
    const values = Uint32Array.from({ length: PIECE_ELEMENTS + 5 }, (_, i) => i);
    await writeCheckpointFile(large, new Map([['values', held('U32', [values.length], values)]]), '{}');
    expect(faultOf(large)).toBeNull();
    using read = readSafetensors(large);
    expect(read.read('values', PIECE_ELEMENTS - 1, 3)).toEqual(
      values.subarray(PIECE_ELEMENTS - 1, PIECE_ELEMENTS + 2),
    );
  });

  it('is found damaged whichever bit of it flips', async () => {
    const path = join(folder, 'flipped');
    await write(path);
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 1 << (at % 8);
      writeFileSync(path, bytes);
      expect(faultOf(path), `byte ${at}`).not.toBeNull();
    }
  });

  it('is found damaged wherever it ends too soon, or too late', async () => {
    const path = join(folder, 'cut');
    await write(path);
    const whole = readFileSync(path);
    for (let length = whole.length - 1; length >= 0; length -= 3) {
      truncateSync(path, length);
      expect(faultOf(path), `${length} bytes`).not.toBeNull();
    }
    writeFileSync(path, Buffer.concat([whole, Buffer.of(0)]));
    expect(faultOf(path)).not.toBeNull();
  });

  it('leaves what was there before, and no other file, where what it holds cannot be read', async () => {
    const path = join(folder, 'failing');
    await write(path);
    const fails = {
      dtype: 'F32',
      shape: [4],
      read: () => Promise.reject(new Error('no such thing')),
    } as const;
    await expect(writeCheckpointFile(path, new Map([['x', fails]]), '{}')).rejects.toThrow('no such thing');
    expect(readdirSync(folder)).toEqual(['failing']);
    expect(faultOf(path)).toBeNull();
  });
});

const PROGRAM = fileURLToPath(new URL('./testing/write-checkpoints.ts', import.meta.url));

/** Writes checkpoints in a process of its own, and kills it some milliseconds after it said that the first is there. */
function writeUntilKilled(first: number, after: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, folder, String(first)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    let timer: NodeJS.Timeout | undefined;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      timer ??= setTimeout(() => child.kill('SIGKILL'), after);
    });
    child.on('error', reject);
    child.on('close', () => resolve(Number(said.trimEnd().split('\n').at(-1))));
  });
}

/** More by hand: most of a kill's time is the start of a process. */
const KILLS = Number(process.env['MONOSEMA_KILLS'] ?? 10);

test('kills at random instants, in the middle of a write too, leave every finished checkpoint whole', async () => {
  const uniform = uniforms(4);
  let step = 0;
  let interrupted = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const said = await writeUntilKilled(step, 30 * uniform());
    const names = readdirSync(folder);
    const files = names.filter((name) => !TEMPORARY.test(name));
    interrupted += names.length - files.length;
    for (const name of files) expect(faultOf(join(folder, name)), name).toBeNull();
    // What was said to be there is there; one more may have been finished unsaid.
    const newest = Math.max(...files.map((name) => Number(/\d+/.exec(name)![0])));
    expect([said, said + 1]).toContain(newest);
    for (const name of names) rmSync(join(folder, name));
    step = newest + 1;
  }
  // Otherwise nothing would have been proved of kills during a write.
  expect(interrupted).toBeGreaterThan(0);
});
