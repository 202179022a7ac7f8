import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { entriesOf, randomActivations, rowsOf, temporaryFolder } from '../testing/planted.ts';
import { EntryWriter } from './entry-file.ts';
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

test('removing entries leaves no file', () => {
  const folder = temporaryFolder();
  const writer = new EntryWriter(join(folder, 'A-1'));
  writer.append(rowsOf([[1, 2]]));
  const entries = writer.finish();
  expect(readdirSync(folder)).toHaveLength(3);
  entries.remove();
  expect(existsSync(folder) && readdirSync(folder)).toEqual([]);
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
