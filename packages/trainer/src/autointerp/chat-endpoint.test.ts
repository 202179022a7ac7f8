import { expect, test } from 'vitest';
import { askedPause } from './chat-endpoint.ts';

const asked = (after?: string) =>
  askedPause(new Response('', after === undefined ? {} : { headers: { 'retry-after': after } }));

test('a pause is asked for in seconds, whole or not, or by a date', () => {
  expect([asked(), asked('2'), asked('1.5'), asked('soon')]).toEqual([undefined, 2000, 1500, undefined]);
  expect(asked('Wed, 21 Oct 2015 07:28:00 GMT')).toBe(0);
  expect(asked(new Date(Date.now() + 3_600_000).toUTCString())).toBeGreaterThan(3_500_000);
});
