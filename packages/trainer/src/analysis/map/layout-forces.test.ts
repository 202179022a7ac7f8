import { expect, test } from 'vitest';
import { layoutCurve } from './layout-curve.ts';
import { layoutForces } from './layout-forces.ts';

const curve = layoutCurve(0.05);
const { attraction, repulsion, cellOf } = layoutForces(curve);
const near = (distance: number) => 1 / (1 + curve.a * distance ** (2 * curve.b));

/** Slope of a function at a distance, by central differences. */
const slope = (of: (distance: number) => number, at: number): number =>
  (of(at * (1 + 1e-5)) - of(at * (1 - 1e-5))) / (2e-5 * at);

// A cell spans a 256th of its values, and its middle stands for all: half of that, times what powers make of it.
const CELL = 1 / 200;

test.each([0.01, 0.3, 1, 1.7, 12])(
  'at a distance of %d neighbours go down the slope of -log nearness',
  (distance) => {
    const force = attraction[cellOf(distance ** 2)]! * distance;
    const wanted = -slope((d) => -Math.log(near(d)), distance);
    expect(Math.abs(force / wanted - 1)).toBeLessThan(CELL);
  },
);

test.each([1, 1.7, 12])('at a distance of %d others go down the slope of -log(1 - nearness)', (distance) => {
  const force = repulsion[cellOf(distance ** 2)]! * distance;
  const wanted = -slope((d) => -Math.log(1 - near(d)), distance);
  // The softening takes a thousandth at a distance of 1.
  expect(Math.abs(force / wanted - 1)).toBeLessThan(CELL + 1e-3);
});

test('forces are finite at any distance, none included', () => {
  for (const squared of [0, 1e-45, 1e-30, 1, 1e30, 3.4e38]) {
    expect(attraction[cellOf(squared)]).toBeLessThanOrEqual(0);
    expect(repulsion[cellOf(squared)]).toBeGreaterThanOrEqual(0);
    expect(Number.isFinite(attraction[cellOf(squared)]! + repulsion[cellOf(squared)]!)).toBe(true);
  }
});
