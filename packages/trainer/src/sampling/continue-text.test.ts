import { expect, test } from 'vitest';
import { draw } from './continue-text.ts';

test('a token is drawn where the uniform number falls in the cumulative distribution', () => {
  const logits = Float32Array.from([0, Math.log(2), -Infinity, 0]);
  expect([0, 0.24, 0.26, 0.74, 0.76, 1].map((uniform) => draw(logits, uniform))).toEqual([0, 0, 1, 1, 3, 3]);
});

test('predictions that are no numbers are said, and draw no token', () => {
  expect(() => draw(Float32Array.from([0, NaN]), 0.5)).toThrow(
    'expected predictions of the model, got some that are no numbers; hold features nearer',
  );
  expect(() => draw(Float32Array.from([0, Infinity]), 0.5)).toThrow('no numbers');
});
