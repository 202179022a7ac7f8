import { expect, test } from 'vitest';
import { windowAround } from './window.ts';

test('a window surrounds its token, and moves to stay inside the context', () => {
  expect(windowAround(64 + 30, 10, 64)).toEqual({ start: 64 + 25, end: 64 + 35 });
  expect(windowAround(64 + 2, 10, 64)).toEqual({ start: 64, end: 74 });
  expect(windowAround(127, 10, 64)).toEqual({ start: 118, end: 128 });
});

test('a context shorter than the window is shown whole', () => {
  expect(windowAround(21, 100, 8)).toEqual({ start: 16, end: 24 });
});
