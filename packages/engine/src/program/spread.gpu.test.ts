import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../index.ts';
import { asHardware, openUnchecked } from '../testing/index.ts';
import { spreadElements, spreadRows } from './spread.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

test('every element has one thread, and no workgroup is without elements', () => {
  for (const on of [gpu, asHardware(gpu)]) {
    for (const count of [1, 63, 64, 65, 1023, 70_001, 4_194_304, 100_000_007]) {
      const { constants, groups } = spreadElements(on, count);
      const each = constants.WORKGROUP_SIZE * constants.RUN;
      expect(groups * each).toBeGreaterThanOrEqual(count);
      expect((groups - 1) * each).toBeLessThan(count);
    }
  }
});

test('every row has one workgroup, and no workgroup is without rows', () => {
  for (const on of [gpu, asHardware(gpu)]) {
    for (const [rows, steps] of [
      [1, 1],
      [31, 5],
      [4096, 32],
      [4097, 32],
      [65_537, 1],
      [100, 100_000],
    ] as const) {
      const { constants, groups } = spreadRows(on, rows, steps);
      expect(groups * constants.RUN).toBeGreaterThanOrEqual(rows);
      expect((groups - 1) * constants.RUN).toBeLessThan(rows);
    }
  }
});
