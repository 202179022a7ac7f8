import { expect, test } from 'vitest';
import { politeWait } from './polite-wait.ts';

test('a polite wait gives what the promise gives, and fails as it fails', async () => {
  const later = new Promise<string>((resolve) => setImmediate(() => resolve('done')));
  expect(await politeWait(later, 1)).toBe('done');
  expect(await politeWait(Promise.resolve(3), 1)).toBe(3);
  await expect(politeWait(Promise.reject(new Error('lost')), 1)).rejects.toThrow('lost');
});

test('the event loop turns while a polite wait lasts, but no more often than it looks', async () => {
  let turns = 0;
  let counting = true;
  const count = (): void => {
    turns += 1;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  const started = performance.now();
  await politeWait(new Promise((resolve) => setTimeout(resolve, 60)), 1);
  counting = false;
  // Every turn but the first and the last blocks for a millisecond, of which a timer may take off a little.
  expect(turns).toBeGreaterThan(5);
  expect(turns).toBeLessThan((performance.now() - started) / 0.9 + 5);
});

test('a hundred waits at once block no longer than one, and one after another no more often', async () => {
  let turns = 0;
  const counting = setInterval(() => turns++, 0);
  const later = () => new Promise((resolve) => setTimeout(resolve, 30));
  for (let round = 0; round < 3; round++)
    await Promise.all(Array.from({ length: 100 }, () => politeWait(later(), 1)));
  clearInterval(counting);
  // Blocks of a hundred milliseconds would leave room for one or two turns a round.
  expect(turns).toBeGreaterThan(15);
});
