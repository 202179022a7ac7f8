import { crc32, inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { pngOf } from './png.ts';

test('a picture is written as it is: its size, its palette, its pixels, every part with its checksum', () => {
  const pixels = Uint8Array.from([0, 1, 2, 2, 1, 0]);
  const file = pngOf({
    width: 3,
    height: 2,
    palette: [
      [1, 2, 3],
      [4, 5, 6],
      [255, 0, 7],
    ],
    pixels,
  });
  expect(file.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
  const parts = new Map<string, Buffer>();
  for (let at = 8; at < file.length;) {
    const size = file.readUInt32BE(at);
    const data = file.subarray(at + 8, at + 8 + size);
    expect(file.readUInt32BE(at + 8 + size)).toBe(crc32(file.subarray(at + 4, at + 8 + size)));
    parts.set(file.toString('latin1', at + 4, at + 8), data);
    at += size + 12;
  }
  expect([...parts.keys()]).toEqual(['IHDR', 'PLTE', 'IDAT', 'IEND']);
  expect([...parts.get('IHDR')!]).toEqual([0, 0, 0, 3, 0, 0, 0, 2, 8, 3, 0, 0, 0]);
  expect([...parts.get('PLTE')!]).toEqual([1, 2, 3, 4, 5, 6, 255, 0, 7]);
  // Each row begins with its filter.
  expect([...inflateSync(parts.get('IDAT')!)]).toEqual([0, 0, 1, 2, 0, 2, 1, 0]);
});
