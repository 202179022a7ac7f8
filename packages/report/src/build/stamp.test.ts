import { expect, test } from 'vitest';
import { cutShell, stamp } from './stamp.ts';

const page = {
  path: 'A/1/7.html',
  title: 'T',
  description: 'D',
  body: '<a href="/kept">%%monosema-title%% $& href="/x"</a>',
};

test('slots are filled once and addresses from the root become relative to the page', () => {
  const shell = cutShell(
    '<title>%%monosema-title%%</title><link href="/a.css"><script src="/m.js"></script>%%monosema-body%%',
    '/',
  );
  expect(stamp(shell, page)).toBe(
    `<title>T</title><link href="../../a.css"><script src="../../m.js"></script>${page.body}`,
  );
  expect(stamp(shell, { ...page, path: 'index.html', body: '' })).toContain('href="a.css"');
});

test('the base path of a site is dropped, other hosts are left alone', () => {
  const shell = cutShell(
    '<a href="/docs/x"></a><a href="/docs"></a><a href="//host/y"></a><a href="https://h/"></a>',
    '/docs',
  );
  expect(stamp(shell, page)).toBe(
    '<a href="../../x"></a><a href="../../"></a><a href="//host/y"></a><a href="https://h/"></a>',
  );
});
