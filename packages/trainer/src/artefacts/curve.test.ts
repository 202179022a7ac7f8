import { expect, test } from 'vitest';
import { Curve, type CurveState } from './curve.ts';

test.each([0, 1, 2, 1023, 1024, 1025, 5000, 16_384])(
  'a curve of %d points keeps them all or evenly spaced ones, the first and the last among them',
  (count) => {
    const curve = new Curve<{ x: number }>();
    for (let x = 0; x < count; x++) curve.add({ x });
    const kept = curve.points.map(({ x }) => x);
    expect(kept.length).toBeLessThanOrEqual(1025);
    expect(kept.length).toBeGreaterThanOrEqual(Math.min(count, 512));
    expect(kept.at(-1)).toBe(count === 0 ? undefined : count - 1);
    if (count < 1024) expect(kept).toEqual(Array.from({ length: count }, (_, x) => x));
    const stride = (kept[1] ?? 0) - (kept[0] ?? 0);
    for (const [i, x] of kept.slice(0, -1).entries()) expect(x).toBe(i * stride);
  },
);

test.each([1, 700, 1024, 1500, 2999])(
  'a curve that goes on after %d points is as one that never stopped',
  (at) => {
    const [whole, first, second] = [new Curve<number[]>(), new Curve<number[]>(), new Curve<number[]>()];
    for (let x = 0; x < 3000; x++) whole.add([x]);
    for (let x = 0; x < at; x++) first.add([x]);
    second.restore(JSON.parse(JSON.stringify(first.state())) as CurveState<number[]>);
    expect(second.points).toEqual(first.points);
    for (let x = at; x < 3000; x++) second.add([x]);
    expect(second.points).toEqual(whole.points);
    expect(second.last).toEqual([2999]);
  },
);
