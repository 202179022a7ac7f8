import { expect, test } from 'vitest';
import { sample, seededRandom } from '../../testing/index.ts';
import { exactly } from '../adam/adam.reference.ts';
import { rowAdamReference } from './row-adam.reference.ts';

const OPTIONS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

test('a row keeps norm 1, and a gradient along it alone does not turn it', () => {
  const random = seededRandom(1);
  const parameter = Float64Array.of(0.6, 0.8, 1, 0);
  const gradient = Float64Array.of(1.2, 1.6, random.normal(), random.normal());
  const parallel = Float64Array.of(0.6 * 1.2 + 0.8 * 1.6, gradient[2]!);
  const state = { parameter, first: new Float64Array(4), second: new Float64Array(4) };
  const { parameter: moved } = rowAdamReference(
    state,
    exactly(gradient),
    2,
    { along: parallel, unit: true },
    1,
    0.01,
    { ...OPTIONS, epsilon: 1e-3 },
  );
  expect(moved.values[0]).toBeCloseTo(0.6, 12);
  expect(moved.values[1]).toBeCloseTo(0.8, 12);
  expect(Math.hypot(moved.values[2]!, moved.values[3]!)).toBeCloseTo(1, 14);
  expect(moved.values[3]).toBeCloseTo(-0.01 * Math.sign(gradient[3]!), 4);
});

test('without the rule of unit rows the step is Adam', () => {
  const random = seededRandom(2);
  const gradient = sample([3, 2], random.normal).values;
  const state = {
    parameter: sample([3, 2], random.normal).values,
    first: new Float64Array(6),
    second: new Float64Array(6),
  };
  const { parameter } = rowAdamReference(state, exactly(gradient), 2, { along: null, unit: false }, 1, 0.5, {
    ...OPTIONS,
    epsilon: 0,
  });
  parameter.values.forEach((value, i) =>
    expect(value).toBeCloseTo(state.parameter[i]! - 0.5 * Math.sign(gradient[i]!), 12),
  );
});
