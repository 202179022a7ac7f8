import { expect, test } from 'vitest';
import { cutShell, stamp, withPlace } from './stamp.ts';

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

test('a page is marked in the navigation: itself, or the folder it lies in', () => {
  const shell = cutShell(
    '<a class="brand" href="/index.html">x</a><a href="/A/1/index.html">A/1</a><a href="/method.html">m</a><a href="/method.html">m</a>',
    '/',
  );
  const marked = (path: string): string[] =>
    [...stamp(withPlace(shell, path), { ...page, path }).matchAll(/href="([^"]+)" aria-current=page/g)].map(
      ([, target = '']) => target,
    );
  expect(marked('A/1/7.html')).toEqual(['../../A/1/index.html']);
  expect(marked('method.html')).toEqual(['method.html']);
  expect(marked('index.html')).toEqual([]);
  expect(marked('A/0/7.html')).toEqual([]);
});
