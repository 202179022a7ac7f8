import { expect, test } from 'vitest';
import { WaitForecast } from './wait-forecast.ts';

test('nothing is foreseen of waits that there were few of', () => {
  const forecast = new WaitForecast();
  expect(forecast.milliseconds).toBe(0);
  forecast.lasted(20);
  forecast.lasted(20);
  expect(forecast.milliseconds).toBe(0);
});

test('a wait is foreseen to last a little less than the shortest of the last three', () => {
  const forecast = new WaitForecast();
  for (const milliseconds of [5, 30, 20, 40]) forecast.lasted(milliseconds);
  expect(forecast.milliseconds).toBeGreaterThan(15);
  expect(forecast.milliseconds).toBeLessThan(20);
});

test('after a wait that ended unforeseen nothing is known any more', () => {
  const forecast = new WaitForecast();
  for (let i = 0; i < 5; i++) forecast.lasted(100);
  forecast.failed();
  expect(forecast.milliseconds).toBe(0);
});
