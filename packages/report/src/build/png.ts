import { crc32, deflateSync } from 'node:zlib';

/** A picture of at most 256 colours. */
export interface Picture {
  width: number;
  height: number;
  /** Red, green and blue, from 0 to 255. */
  palette: readonly (readonly [number, number, number])[];
  /** Places in the palette, row by row from the top. */
  pixels: Uint8Array;
}

/** A picture as a PNG file. */
export function pngOf({ width, height, palette, pixels }: Picture): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // A byte a pixel, each a place in the palette.
  head.set([8, 3, 0, 0, 0], 8);
  // Every row begins with the filter it was put through: none.
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('PLTE', Buffer.from(palette.flat())),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(kind: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const around = Buffer.alloc(8);
  around.writeUInt32BE(data.length, 0);
  around.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([around.subarray(0, 4), named, around.subarray(4)]);
}
