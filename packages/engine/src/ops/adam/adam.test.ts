import { expect, test } from 'vitest';
import { adamScalars } from './adam.ts';
import { adamReference, exactly, type AdamState } from './adam.reference.ts';

const OPTIONS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const zeros = (): AdamState => ({
  parameter: new Float64Array(3),
  first: new Float64Array(3),
  second: new Float64Array(3),
});

test('under a constant gradient every step moves by the learning rate against its sign', () => {
  const gradient = Float64Array.of(2, -0.003, 0);
  let state = zeros();
  for (let step = 1; step <= 50; step++) {
    const next = adamReference(state, exactly(gradient), step, 0.01, { ...OPTIONS, epsilon: 0 });
    state = { parameter: next.parameter.values, first: next.first.values, second: next.second.values };
    state.parameter[2] = 0; // 0 / 0 without an epsilon
    expect(state.parameter[0]).toBeCloseTo(-0.01 * step, 12);
    expect(state.parameter[1]).toBeCloseTo(0.01 * step, 12);
  }
});

test('an epsilon far above the gradient turns the step into momentum', () => {
  const next = adamReference(zeros(), exactly(Float64Array.of(1, 2, -3)), 1, 0.5, {
    ...OPTIONS,
    epsilon: 1e9,
  });
  expect([...next.parameter.values].map((value) => value * 1e9)).toEqual([
    expect.closeTo(-0.5, 6),
    expect.closeTo(-1, 6),
    expect.closeTo(1.5, 6),
  ]);
});

test('the scalars of a run are the rate and the two bias corrections of its step', () => {
  expect(adamScalars({ beta1: 0.5, beta2: 0.75, epsilon: 1e-8 }, 1, 0.1)).toEqual({
    learningRate: 0.1,
    adamCorrection1: 2,
    adamCorrection2: 4,
  });
  expect(adamScalars({ beta1: 0.5, beta2: 0.75, epsilon: 1e-8 }, 2, 0.1).adamCorrection1).toBeCloseTo(
    4 / 3,
    15,
  );
});
