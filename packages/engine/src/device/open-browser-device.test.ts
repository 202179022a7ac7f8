import { expect, test } from 'vitest';
import { textOfDataUrl } from './open-browser-device.ts';

const KERNEL = 'const x = 1u; // a·b ≤ 2⁻²⁴\n';

test('a kernel that a bundler has put into its URL comes out as it went in', () => {
  const base64 = Buffer.from(KERNEL).toString('base64');
  expect(textOfDataUrl(`data:application/octet-stream;base64,${base64}`)).toBe(KERNEL);
  expect(textOfDataUrl(`data:text/plain,${encodeURIComponent(KERNEL)}`)).toBe(KERNEL);
});
