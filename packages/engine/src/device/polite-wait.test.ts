import { expect, test } from 'vitest';
import { politeWait } from './polite-wait.ts';

test('a polite wait gives what the promise gives, and fails as it fails', async () => {
  const later = new Promise<string>((resolve) => setImmediate(() => resolve('done')));
  expect(await politeWait(later, 1)).toBe('done');
  expect(await politeWait(Promise.resolve(3), 1)).toBe(3);
  await expect(politeWait(Promise.reject(new Error('lost')), 1)).rejects.toThrow('lost');
});

test('the event loop turns while a polite wait lasts', async () => {
  let turns = 0;
  const count = setInterval(() => turns++, 0);
  await politeWait(new Promise((resolve) => setTimeout(resolve, 60)), 1);
  clearInterval(count);
  expect(turns).toBeGreaterThan(5);
});
