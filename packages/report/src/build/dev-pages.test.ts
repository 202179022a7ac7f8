import { expect, test } from 'vitest';
import { shellAddress } from './dev-pages.ts';

test('a shell is asked for below the base of the site, however that is written', () => {
  expect(shellAddress(4321, '/', '')).toBe('http://localhost:4321/');
  expect(shellAddress(4321, '/docs/study', '')).toBe('http://localhost:4321/docs/study/');
  expect(shellAddress(4321, '/docs/study/', 'method')).toBe('http://localhost:4321/docs/study/method');
});
