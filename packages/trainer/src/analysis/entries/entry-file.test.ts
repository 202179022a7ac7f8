import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { entriesOf, randomActivations, rowsOf, temporaryFolder } from '../testing/planted.ts';
import { entriesFault, EntryWriter } from './entry-file.ts';
import { FeatureSums } from './feature-sums.ts';

test.each([1, 7, 64, 1000])('entries come back as they were written, read %i rows at a time', (piece) => {
  const dense = randomActivations(200, [0.5, 0, 0.02, 1], uniforms(piece));
  const entries = entriesOf(dense);
  let row = 0;
  for (const { first, rows, offsets, features, values } of entries.pieces(piece)) {
    expect(first).toBe(row);
    for (let r = 0; r < rows; r++, row++) {
      const found = [0, 0, 0, 0];
      for (let e = offsets[r]!; e < offsets[r + 1]!; e++) found[features[e]!] = values[e]!;
      expect(found).toEqual(dense[row]);
    }
  }
  expect(row).toBe(200);
});

test('entries are written into files of their own, and closed', () => {
  const folder = temporaryFolder();
  const writer = new EntryWriter(join(folder, 'A-1'));
  writer.append(rowsOf([[1, 2]]));
  const entries = writer.finish();
  expect(readdirSync(folder)).toHaveLength(3);
  entries.close();
  expect(() => [...entries.pieces(1)]).toThrow();
});

test('a writer goes on after what an earlier one sealed, and drops what came behind it', () => {
  const dense = randomActivations(60, [0.5, 0, 1], uniforms(8));
  const path = join(temporaryFolder(), 'A-1');
  const first = new EntryWriter(path);
  first.append(rowsOf(dense.slice(0, 20)));
  first.seal();
  first.append(rowsOf(dense.slice(20, 30), 20));
  const sealed = first.seal();
  expect(sealed.rows).toBe(30);
  first.append(rowsOf(dense.slice(40, 60), 30));
  first.finish().close();
  expect(entriesFault(path, sealed)).toBeNull();

  const second = new EntryWriter(path, sealed);
  second.append(rowsOf(dense.slice(30), 30));
  const all = second.seal();
  expect([...second.finish().pieces(60)][0]).toEqual([...entriesOf(dense).pieces(60)][0]);
  expect(all.rows).toBe(60);
  expect(entriesFault(path, all)).toBeNull();

  const whole = readFileSync(`${path}.values`);
  for (const at of [0, whole.length >> 1, whole.length - 1]) {
    const bytes = Buffer.from(whole);
    bytes[at]! ^= 16;
    writeFileSync(`${path}.values`, bytes);
    expect(entriesFault(path, all)).toMatch(/^the checksum of .*A-1\.values is not that of what it holds$/);
  }
  truncateSync(`${path}.counts`, 100);
  expect(entriesFault(path, all)).toMatch(/A-1\.counts ends early$/);
});

test('sums over rows are those of the dense matrix', () => {
  const dense = randomActivations(500, [0.3, 0, 0.9, 0.01], uniforms(2));
  const sums = new FeatureSums(4);
  for (let first = 0; first < 500; first += 33) sums.add(rowsOf(dense.slice(first, first + 33), first));
  for (let j = 0; j < 4; j++) {
    const values = dense.map((row) => row[j]!);
    expect(sums.active[j]).toBe(values.filter((value) => value > 0).length);
    expect(sums.max[j]).toBe(Math.max(...values));
    expect(sums.sum[j]).toBeCloseTo(
      values.reduce((a, b) => a + b, 0),
      10,
    );
    expect(sums.sumOfSquares[j]).toBeCloseTo(
      values.reduce((a, b) => a + b * b, 0),
      10,
    );
  }
  expect(sums.l0).toBeCloseTo(dense.flat().filter((value) => value > 0).length / 500, 12);
});
