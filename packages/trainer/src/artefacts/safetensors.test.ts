import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from './safetensors.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-safetensors-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A file as another program would write it: this header, as it stands, and these bytes. */
function foreign(header: unknown, data: Uint8Array | readonly number[] = []): string {
  const path = join(folder, 'foreign.safetensors');
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(path, Buffer.concat([length, json, Uint8Array.from(data)]));
  return path;
}

function messageOf(path: string): string {
  try {
    readSafetensors(path).close();
  } catch (error) {
    return (error as Error).message.replace(path, 'FILE');
  }
  return 'accepted';
}

describe('what is written', () => {
  const tensors = {
    ids: { shape: [3], data: Uint16Array.of(1, 2, 65535) },
    bytes: { shape: [1, 3], data: Uint8Array.of(0, 128, 255) },
    weight: { shape: [2, 2], data: Float32Array.of(1.5, -0, Infinity, 1e-45) },
    doubles: { shape: [2], data: Float64Array.of(Math.PI, -1e300) },
    starts: { shape: [2], data: BigInt64Array.of(-1n, 2n ** 53n) },
    signed: { shape: [2], data: Int32Array.of(-2, 7) },
    unsigned: { shape: [1], data: Uint32Array.of(4294967295) },
    scalar: { shape: [], data: Float32Array.of(42) },
    none: { shape: [0, 5], data: new Float32Array(0) },
  };

  test('comes back bit for bit, in its own type, with its shape and metadata', () => {
    const path = join(folder, 'all.safetensors');
    const metadata = { seed: '7', note: 'ключ "quoted" \u0000' };
    writeSafetensors(path, tensors, metadata);
    using file = readSafetensors(path);
    expect(file.metadata).toEqual(metadata);
    expect([...file.tensors.keys()].toSorted()).toEqual(Object.keys(tensors).toSorted());
    for (const [name, { shape, data }] of Object.entries(tensors)) {
      expect(file.info(name).shape).toEqual(shape);
      expect(file.read(name)).toEqual(data);
    }
  });

  test('is aligned: the header to 8 bytes, every tensor to its element', () => {
    const path = join(folder, 'all.safetensors');
    writeSafetensors(path, tensors, { a: 'é' });
    expect((8 + Number(readFileSync(path).readBigUInt64LE(0))) % 8).toBe(0);
    using file = readSafetensors(path);
    for (const [name, { data }] of Object.entries(tensors))
      expect(file.info(name).start % data.BYTES_PER_ELEMENT).toBe(0);
  });

  test('has the same bytes whatever order the tensors were given in', () => {
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    writeSafetensors(one, tensors);
    writeSafetensors(two, Object.fromEntries(Object.entries(tensors).toReversed()));
    expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
  });

  test('is only the view, not the buffer behind it', () => {
    const path = join(folder, 'view');
    writeSafetensors(path, { part: { shape: [2], data: Float32Array.of(1, 2, 3, 4).subarray(1, 3) } });
    using file = readSafetensors(path);
    expect(file.read('part')).toEqual(Float32Array.of(2, 3));
  });

  test('replaces the old file only when it is whole, and leaves no temporary file after a failure', () => {
    const path = join(folder, 'kept');
    writeSafetensors(path, { x: { shape: [1], data: Float32Array.of(1) } });
    const wrong = { x: { shape: [2], data: Float32Array.of(1) } };
    expect(() => writeSafetensors(path, wrong)).toThrow('internal: tensor x of shape [2]');
    const unwritable = join(folder, 'no-such-folder', 'x');
    expect(() => writeSafetensors(unwritable, {})).toThrow('ENOENT');
    expect(readdirSync(folder)).toEqual(['kept']);
    using file = readSafetensors(path);
    expect(file.read('x')).toEqual(Float32Array.of(1));
  });

  test.runIf(process.platform === 'linux')('names the bytes it needs when the disk is full', () => {
    const path = join(folder, 'x');
    symlinkSync('/dev/full', `${path}.${process.pid}.tmp`);
    expect(() => writeSafetensors(path, { x: { shape: [1000], data: new Float32Array(1000) } })).toThrow(
      `${path}: the disk is full, and this file needs 4000 bytes; free some space and run again`,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  test('may have a name that means something to JavaScript', () => {
    const path = join(folder, 'names');
    const names = ['__proto__', 'constructor', 'a"b\\c', ''];
    const entries = names.map((name, i) => [name, { shape: [1], data: Float32Array.of(i) }]);
    writeSafetensors(path, Object.fromEntries(entries));
    using file = readSafetensors(path);
    expect(names.map((name) => file.readFloat32(name)[0])).toEqual([0, 1, 2, 3]);
  });
});

describe('reading', () => {
  test('takes a range of elements without the rest', () => {
    const path = join(folder, 'range');
    const data = Uint16Array.from({ length: 1000 }, (_, i) => i);
    writeSafetensors(path, {
      before: { shape: [3], data: new Float64Array(3) },
      ids: { shape: [1000], data },
    });
    using file = readSafetensors(path);
    expect(file.read('ids', 990)).toEqual(data.slice(990));
    expect(file.read('ids', 10, 5)).toEqual(data.slice(10, 15));
    expect(file.read('ids', 1000, 0)).toHaveLength(0);
    for (const [start, count] of [
      [999, 2],
      [-1, 1],
      [0.5, 1],
      [0, Number.NaN],
    ] as const)
      expect(() => file.read('ids', start, count)).toThrow(RangeError);
  });

  test('widens half precision, bfloat16 and double to float32', () => {
    const header = {
      half: { dtype: 'F16', shape: [4], data_offsets: [0, 8] },
      brain: { dtype: 'BF16', shape: [3], data_offsets: [8, 14] },
      double: { dtype: 'F64', shape: [1], data_offsets: [14, 22] },
    };
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x3f80, 0xc040, 0x7f7f);
    const double = Float64Array.of(0.1);
    using file = readSafetensors(
      foreign(header, [...new Uint8Array(halves.buffer), ...new Uint8Array(double.buffer)]),
    );
    expect(file.readFloat32('half')).toEqual(Float32Array.of(1, -2, 2 ** -24, 65504));
    expect(file.read('brain')).toEqual(Float32Array.of(1, -3, 3.3895313892515355e38));
    expect(file.readFloat32('brain', 1, 1)).toEqual(Float32Array.of(-3));
    expect(file.readFloat32('double')).toEqual(Float32Array.of(0.1));
    expect(file.read('double')).toEqual(double);
  });

  test('widens a tensor longer than one piece in order', () => {
    const path = join(folder, 'long');
    const data = Float64Array.from({ length: 600_001 }, (_, i) => i);
    writeSafetensors(path, { data: { shape: [600_001], data } });
    using file = readSafetensors(path);
    expect(file.readFloat32('data')).toEqual(Float32Array.from(data));
  });

  test('accepts a header padded with spaces, tensors in any order and no metadata', () => {
    const header = JSON.stringify({
      second: { dtype: 'U8', shape: [2], data_offsets: [1, 3] },
      first: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
      empty: { dtype: 'F32', shape: [0], data_offsets: [1, 1] },
    });
    using file = readSafetensors(foreign(`${header}   `, [7, 8, 9]));
    expect(file.read('second')).toEqual(Uint8Array.of(8, 9));
    expect(file.metadata).toEqual({});
  });

  test('says what is there when a tensor is missing or of another kind', () => {
    const path = foreign({ ids: { dtype: 'U8', shape: [1], data_offsets: [0, 1] } }, [1]);
    using file = readSafetensors(path);
    expect(() => file.read('W_enc')).toThrow(`${path}: expected a tensor W_enc, got ids`);
    expect(() => file.readFloat32('ids')).toThrow(`${path}: expected tensor ids to hold floats, got U8`);
  });

  test('leaves alone a tensor of a type that nothing here reads', () => {
    const header = {
      mask: { dtype: 'BOOL', shape: [2], data_offsets: [0, 2] },
      kept: { dtype: 'U8', shape: [1], data_offsets: [2, 3] },
    };
    using file = readSafetensors(foreign(header, [1, 0, 9]));
    expect(file.read('kept')).toEqual(Uint8Array.of(9));
    expect(() => file.read('mask')).toThrow('expected tensor mask to hold floats or token ids, got BOOL');
    expect(() => file.readFloat32('mask')).toThrow('expected tensor mask to hold floats, got BOOL');
  });

  test('notices a file that shrank after it was opened', () => {
    const path = join(folder, 'shrinks');
    writeSafetensors(path, { x: { shape: [100], data: new Float32Array(100) } });
    using file = readSafetensors(path);
    truncateSync(path, 200);
    expect(() => file.read('x')).toThrow('the file was cut short');
  });
});

describe('a malformed file is refused in one sentence', () => {
  const entry = (fields: object) => ({ x: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...fields } });
  const eight = new Uint8Array(8);

  test('when the header cannot be read', () => {
    const short = join(folder, 'short');
    writeFileSync(short, 'abc');
    expect(messageOf(short)).toBe(
      'FILE: expected a safetensors file, got 3 bytes, fewer than its shortest header',
    );
    const text = join(folder, 'text');
    writeFileSync(text, 'this is no safetensors file, only a text');
    expect(messageOf(text)).toContain('truncated or not safetensors');
    expect(messageOf(foreign('{"x": '))).toBe(
      'FILE: expected a header of JSON text, got something else; the file is damaged or not safetensors',
    );
    expect(messageOf(foreign('[]'))).toContain('expected a header of tensors by name, got []');
    expect(messageOf(foreign({ __metadata__: { seed: 7 } }))).toContain('map strings to strings');
    expect(messageOf(foreign({ x: null }))).toContain('expected dtype, shape and data_offsets, got null');
  });

  test('when a tensor describes itself wrongly', () => {
    expect(messageOf(foreign(entry({ dtype: 'F8_E4M3' }), eight))).toContain('got "F8_E4M3"');
    expect(messageOf(foreign(entry({ dtype: 'toString' }), eight))).toContain('got "toString"');
    expect(messageOf(foreign(entry({ shape: [-2] }), eight))).toContain('non-negative integers, got [-2]');
    expect(messageOf(foreign(entry({ shape: [1.5] }), eight))).toContain('non-negative integers');
    expect(messageOf(foreign(entry({ shape: '2' }), eight))).toContain('non-negative integers');
    expect(messageOf(foreign(entry({ data_offsets: [8] }), eight))).toContain('[begin, end], got [8]');
    expect(messageOf(foreign(entry({ data_offsets: [8, 0] }), eight))).toContain('got [8, 0]');
    expect(messageOf(foreign(entry({ data_offsets: [0, 16] }), eight))).toContain('within 8 bytes of data');
    expect(messageOf(foreign(entry({ shape: [3] }), eight))).toBe(
      'FILE: tensor "x": shape [3] of F32 needs 12 bytes, but its offsets hold 8; the file is damaged or not safetensors',
    );
    expect(messageOf(foreign(entry({ shape: [2 ** 52, 2 ** 52] }), eight))).toContain('needs');
  });

  test('when the tensors do not tile the data', () => {
    const two = (first: number[], second: number[], data: Uint8Array) =>
      messageOf(
        foreign(
          {
            a: { dtype: 'U8', shape: [4], data_offsets: first },
            b: { dtype: 'U8', shape: [4], data_offsets: second },
          },
          data,
        ),
      );
    expect(two([0, 4], [4, 8], eight)).toBe('accepted');
    expect(two([0, 4], [2, 6], eight.subarray(2))).toContain(
      'tensor "b": expected its data to begin at byte 4, where the previous tensor ends, got 2',
    );
    expect(two([0, 4], [6, 10], new Uint8Array(10))).toContain('got 6');
    expect(two([0, 4], [4, 8], new Uint8Array(9))).toContain('cover 8 bytes of data, but the file holds 9');
  });

  test('when it was cut at any byte', () => {
    const path = join(folder, 'whole');
    writeSafetensors(path, { x: { shape: [4], data: new Float32Array(4) } }, { note: 'n' });
    const whole = readFileSync(path);
    for (let length = 0; length < whole.length; length += 1) {
      writeFileSync(path, whole.subarray(0, length));
      expect(messageOf(path), `${length} bytes`).toMatch(/^FILE: .+/);
    }
  });

  test('when its header claims an absurd length', () => {
    const path = join(folder, 'absurd');
    writeFileSync(path, Buffer.from('ffffffffffffffff7b7d', 'hex'));
    expect(messageOf(path)).toContain('the header should be 18446744073709551615 bytes long');
  });
});
