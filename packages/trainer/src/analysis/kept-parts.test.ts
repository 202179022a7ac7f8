import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KeptParts } from './kept-parts.ts';
import { temporaryFolder } from './testing/planted.ts';

function partsIn(folder: string, said: string[] = []): KeptParts {
  const signal = new AbortController().signal;
  return new KeptParts({ checkpoint: folder, now: () => 0, say: (line) => said.push(line), signal });
}

const value = { list: [{ a: 1 / 3, b: null }], text: 'ä\u{1f600}', nothing: [] };
const arrays = () => ({
  doubles: Float64Array.of(1 / 3, NaN, -0, 5e-324),
  floats: Float32Array.of(0.1, NaN, Infinity),
  integers: Uint32Array.of(0xffffffff, 0, 7),
  none: new Float64Array(0),
});

test('a part is read back to the bit', async () => {
  const folder = temporaryFolder();
  await partsIn(folder).save('some/part', value, arrays());
  const kept = partsIn(folder).load('some/part')!;
  expect(kept.value).toEqual(value);
  const wanted = arrays();
  for (const [name, array] of Object.entries(wanted)) {
    expect(kept.arrays[name]!.constructor).toBe(array.constructor);
    expect(Buffer.from(kept.arrays[name]!.buffer)).toEqual(Buffer.from(array.buffer));
  }
});

test('what was made is not made again, and fills arrays as making it did', async () => {
  const folder = temporaryFolder();
  const first = arrays();
  let made = 0;
  const parts = partsIn(folder);
  for (let attempt = 0; attempt < 2; attempt++) {
    expect(await parts.once('value', () => (made += 1))).toBe(1);
    const target = attempt === 0 ? first : { ...arrays(), doubles: new Float64Array(4) };
    await parts.filled('arrays', target, () => {
      made += 1;
      return Promise.resolve();
    });
    expect(target.doubles[3]).toBe(5e-324);
  }
  expect(made).toBe(2);
});

test.each([
  [
    'a flipped bit',
    (path: string, bytes: Buffer) => {
      bytes[bytes.length - 50]! ^= 4;
      writeFileSync(path, bytes);
    },
  ],
  ['a missing end', (path: string, bytes: Buffer) => truncateSync(path, bytes.length - 9)],
  ['nothing in it', (path: string) => truncateSync(path, 0)],
])('a part with %s is said in a sentence, removed, and made again', async (_title, damage) => {
  const folder = temporaryFolder();
  const said: string[] = [];
  const parts = partsIn(folder, said);
  await parts.once('part', () => 1);
  const path = join(folder, readdirSync(folder)[0]!);
  damage(path, readFileSync(path));
  expect(await parts.once('part', () => 2)).toBe(2);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(
    /^analyze: expected .*part\.safetensors as it was written, got a damaged file \(.+\); measuring part again$/,
  );
  expect(await parts.once('part', () => 3)).toBe(2);
});

test('an unfinished part is due after a minute of work, and when the user asks to stop', async () => {
  let now = 0;
  const controller = new AbortController();
  const parts = new KeptParts({
    checkpoint: temporaryFolder(),
    now: () => now,
    say: () => {},
    signal: controller.signal,
  });
  expect(parts.due).toBe(false);
  now = 60_001;
  expect(parts.due).toBe(true);
  await parts.save('part', null);
  expect(parts.due).toBe(false);
  controller.abort();
  expect(parts.due).toBe(true);
});
