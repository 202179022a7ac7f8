import { expect, test } from 'vitest';
import { politeWait } from './polite-wait.ts';
import { WaitForecast } from './wait-forecast.ts';

test('a polite wait gives what the promise gives, and fails as it fails', async () => {
  const later = new Promise<string>((resolve) => setImmediate(() => resolve('done')));
  expect(await politeWait(later, 1)).toBe('done');
  expect(await politeWait(Promise.resolve(3), 1)).toBe(3);
  await expect(politeWait(Promise.reject(new Error('lost')), 1)).rejects.toThrow('lost');
});

test('the event loop turns while a polite wait lasts, but no more often than it looks', async () => {
  let turns = 0;
  let counting = true;
  let enough = (): void => undefined;
  // What is waited for comes by the loop's turns alone, however slow the machine is.
  const waited = new Promise<void>((resolve) => {
    enough = resolve;
  });
  const count = (): void => {
    turns += 1;
    if (turns === 40) enough();
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  const started = performance.now();
  await politeWait(waited, 1);
  counting = false;
  // Every turn but the first and the last blocks for a millisecond, of which a timer may take off a little.
  expect(performance.now() - started).toBeGreaterThan((turns - 5) * 0.9);
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

const after = (milliseconds: number): Promise<unknown> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A forecast that three waits of so many milliseconds were told to. */
function forecastOf(milliseconds: number): WaitForecast {
  const forecast = new WaitForecast();
  for (let i = 0; i < 3; i++) forecast.lasted(milliseconds);
  return forecast;
}

test('where a wait is foreseen, it is looked after seldom until then', async () => {
  let turns = 0;
  let counting = true;
  const count = (): void => {
    turns += 1;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  await politeWait(after(100), 0.05, forecastOf(100));
  counting = false;
  // Blocks of two milliseconds until 85, and of two hundredths from there on; unforeseen it would be some two hundred.
  expect(turns).toBeLessThan(80);
});

test('a forecast learns from waits, and of one that ended too soon that nothing is known', async () => {
  const forecast = new WaitForecast();
  let shortest = Infinity;
  for (let i = 0; i < 3; i++) {
    const began = performance.now();
    await politeWait(after(10), 0.25, forecast);
    shortest = Math.min(shortest, performance.now() - began);
  }
  // Below the shortest of them; how far depends on when this thread was let on between the timer's start and the wait's.
  expect(forecast.milliseconds).toBeGreaterThan(0);
  expect(forecast.milliseconds).toBeLessThan(shortest);
  const mistaken = forecastOf(60_000);
  await politeWait(after(10), 0.25, mistaken);
  expect(mistaken.milliseconds).toBe(0);
});

test('a wait that may not end late is watched at first, and looked after seldom when it lasts', async () => {
  const seen: number[] = [];
  let counting = true;
  const started = performance.now();
  const count = (): void => {
    seen.push(performance.now() - started);
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  await politeWait(after(200), 0);
  counting = false;
  // From the first millisecond on a fiftieth of the time passed lies between two looks: ln(200) · 50 of them.
  expect(seen.filter((milliseconds) => milliseconds > 1).length).toBeLessThan(400);
});
