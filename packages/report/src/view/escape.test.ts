import { expect, test } from 'vitest';
import { cut, plain } from './escape.ts';

test('a name that may hold anything is seen as what it is, and does nothing to what is around it', () => {
  expect(plain(`</script>"&'`)).toBe(`&lt;/script&gt;&quot;&amp;'`);
  expect(plain('a\u0000b\u202ec\ud800d')).toBe('aU+0000bU+202Ec\ufffdd');
});

test('a name of ten thousand characters is cut short, and never through a character', () => {
  expect(plain('x'.repeat(10_000)).length).toBeLessThan(1000);
  expect(cut('ab\u{1f600}cd', 4)).toBe('ab…');
  expect(cut('abcd', 4)).toBe('abcd');
});
