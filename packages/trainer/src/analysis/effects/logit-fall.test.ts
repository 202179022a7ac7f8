import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { logitFall, type FallParts } from './logit-fall.ts';

const WIDTH = 6;
const EPSILON = 1e-5;

/** Numbers between -1 and 1, their mean taken out. */
function drawn(seed: number): Float32Array {
  const uniform = uniforms(seed);
  const values = Array.from({ length: WIDTH }, () => 2 * uniform() - 1);
  const mean = values.reduce((sum, value) => sum + value, 0) / WIDTH;
  return Float32Array.from(values, (value) => value - mean);
}

/** The logit of the token once the direction is taken away some times, normalised by a scale of one's own or by its own. */
function logitOf(parts: Omit<FallParts, 'activation'>, times: number, scale?: number): number {
  const x = Array.from(parts.stream, (value, d) => value - times * parts.direction[d]!);
  const mean = x.reduce((sum, value) => sum + value, 0) / WIDTH;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / WIDTH;
  const product = x.reduce((sum, value, d) => sum + (value - mean) * parts.token[d]!, 0);
  return product * (scale ?? 1 / Math.sqrt(variance + EPSILON));
}

const parts = { direction: drawn(1), token: drawn(2), stream: drawn(3).map((value) => value + 0.4) };
const of = { ...parts, activation: 0.7, meanScale: 1.5, epsilon: EPSILON };

test('the first-order fall is the slope of the logit by the activation that is removed, times it', () => {
  const slope = (logitOf(of, -1e-4) - logitOf(of, 1e-4)) / 2e-4;
  expect(logitFall(of, 0).firstOrder).toBeCloseTo(0.7 * slope, 6);
});

test('with the scale held the fall is that of the linear map, whatever the activation', () => {
  const mean = of.stream.reduce((sum, value) => sum + value, 0) / WIDTH;
  const variance = of.stream.reduce((sum, value) => sum + (value - mean) ** 2, 0) / WIDTH;
  const scale = 1 / Math.sqrt(variance + EPSILON);
  const { atScale, expected, measured } = logitFall(of, 3);
  expect(atScale).toBeCloseTo(logitOf(of, 0, scale) - logitOf(of, 0.7, scale), 6);
  expect(expected).toBeCloseTo((atScale * 1.5) / scale, 6);
  expect(measured).toBe(3);
});
