import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { arrange } from './arrange.ts';
import { arrangeBeside } from './arrange-beside.ts';
import { nearestOf, type NearestTable } from './nearest-table.ts';

/** Points on a ring, each nearest to those beside it, at cosines that differ. */
function ring(count: number): NearestTable {
  const uniform = uniforms(2);
  const most = 14;
  return {
    most,
    counts: new Uint8Array(count).fill(most),
    rows: Uint32Array.from({ length: count * most }, (_, at) => {
      const [point, i] = [Math.floor(at / most), at % most];
      return (point + count + (i % 2 === 0 ? 1 : -1) * (1 + Math.floor(i / 2))) % count;
    }),
    cosines: Float32Array.from({ length: count * most }, (_, at) => 0.9 - 0.05 * ((at % most) + uniform())),
  };
}

test('a thread arranges points as this one does, to the bit, and says how far it is', async () => {
  const table = ring(80);
  const arranging = arrangeBeside(table, 3);
  const shares: number[] = [];
  const found = await arranging.arrangement((share) => shares.push(share));
  await arranging.stop();
  expect(found).toEqual(await arrange(nearestOf(table), 3, () => {}));
  expect(shares.length).toBeGreaterThan(0);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
});

test('whoever waits may stop waiting, and the thread ends when told to', async () => {
  const arranging = arrangeBeside(ring(2000), 3);
  const waiting = arranging.arrangement(() => {
    throw new Error('enough');
  });
  await expect(waiting).rejects.toThrow('enough');
  await arranging.stop();
});
