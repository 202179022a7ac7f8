import { expect, test } from 'vitest';
import { pageAddress, siteAddress } from './site-address.ts';
import { sitemapFiles } from './sitemap.ts';

test('the address of a site is what its config states, the path in its site or in its base', () => {
  expect(siteAddress(undefined, '/docs')).toBeUndefined();
  expect(siteAddress('https://a.org', '/')).toBe('https://a.org/');
  expect(siteAddress('https://a.org/', '/docs')).toBe('https://a.org/docs/');
  expect(siteAddress('https://a.org/docs', '/')).toBe('https://a.org/docs/');
  expect(siteAddress('https://a.org/docs', '/docs/')).toBe('https://a.org/docs/');
});

test('the first page of a folder goes by the name of the folder, and no other page does', () => {
  expect(['index.html', 'A/1/index.html', 'A/1/7.html', 'my-index.html', 'é.html'].map(pageAddress)).toEqual([
    '',
    'A/1/',
    'A/1/7.html',
    'my-index.html',
    '%C3%A9.html',
  ]);
});

test('a sitemap lists every page once, 45,000 to a file, and an index lists the files', () => {
  const pages = Array.from({ length: 45_001 }, (_, i) => `A/1/${i}.html`);
  const [index, ...parts] = sitemapFiles('https://a.org/', ['index.html', "it's&.html", ...pages]);
  expect(index?.file).toBe('sitemap-index.xml');
  const listed = (xml = ''): string[] =>
    [...xml.matchAll(/<loc>(.*?)<\/loc>/g)].map(([, address]) => address!);
  expect(listed(index?.code)).toEqual(['https://a.org/sitemap-0.xml', 'https://a.org/sitemap-1.xml']);
  expect(parts.map(({ file }) => file)).toEqual(['sitemap-0.xml', 'sitemap-1.xml']);
  const all = parts.map(({ code }) => listed(code));
  expect(all.map(({ length }) => length)).toEqual([45_000, 3]);
  expect(all.flat().slice(0, 3)).toEqual([
    'https://a.org/',
    'https://a.org/it&apos;s&amp;.html',
    'https://a.org/A/1/0.html',
  ]);
  expect(new Set(all.flat()).size).toBe(45_003);
});
