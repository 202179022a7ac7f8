import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import { SafetensorsWriter } from './safetensors-writer.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-writer-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const plans = {
  W: { dtype: 'F32', shape: [3, 4] },
  ids: { dtype: 'U16', shape: [5] },
  none: { dtype: 'F32', shape: [0, 7] },
} as const;
const W = Float32Array.from({ length: 12 }, (_, i) => i / 8);
const ids = Uint16Array.of(1, 2, 3, 4, 65535);

describe('a file written in pieces', () => {
  it('has the bytes of one written at once, whatever the pieces and their order', () => {
    const [path, whole] = [join(folder, 'pieces'), join(folder, 'whole')];
    {
      using writer = new SafetensorsWriter(path, plans, { note: 'n' });
      writer.write('ids', ids.subarray(0, 2));
      writer.write('W', W.subarray(0, 5));
      writer.write('ids', ids.subarray(2));
      writer.write('W', W.subarray(5, 6));
      writer.write('W', W.subarray(6));
      writer.finish();
    }
    const tensors = {
      none: { shape: [0, 7], data: new Float32Array(0) },
      W: { shape: [3, 4], data: W },
      ids: { shape: [5], data: ids },
    };
    writeSafetensors(whole, tensors, { note: 'n' });
    expect(readFileSync(path).equals(readFileSync(whole))).toBe(true);
    using file = readSafetensors(path);
    expect([file.read('W'), file.read('ids')]).toEqual([W, ids]);
  });

  it('is not there before it is finished, and leaves nothing behind where it never is', () => {
    const path = join(folder, 'x');
    {
      using writer = new SafetensorsWriter(path, plans);
      writer.write('W', W);
      expect(existsSync(path)).toBe(false);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes no more than was planned, nothing else, and is not finished before it is complete', () => {
    using writer = new SafetensorsWriter(join(folder, 'x'), plans);
    writer.write('W', W.subarray(0, 11));
    expect(() => writer.write('W', W.subarray(0, 2))).toThrow('W of shape [3,4] cannot take 13 elements');
    expect(() => writer.write('ids', W)).toThrow('F32 elements of ids, which was planned as U16');
    expect(() => writer.write('other', W)).toThrow('F32 elements of other, which was planned as undefined');
    writer.write('ids', ids);
    expect(() => writer.finish()).toThrow('tensor W has 44 of its 48 bytes');
  });
});
