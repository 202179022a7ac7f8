import { pageAddress } from './site-address.ts';

/** Pages in one file of a sitemap. The protocol allows 50,000. */
const PAGES = 45_000;

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';
const SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"';

/** File of the list of a site's sitemaps, by the name that Astro's own integration gives it. */
export const SITEMAP = 'sitemap-index.xml';

/**
 * The sitemap of a site: an index, and files of so many pages each. Astro knows nothing of pages that are stamped, so
 * its own integration cannot write it.
 *
 * @param address of the site, with the slash
 * @param pages their paths in the site
 */
export function sitemapFiles(
  address: string,
  pages: readonly string[],
): { readonly file: string; readonly code: string }[] {
  const entries = (paths: readonly string[], element: string): string =>
    paths
      .map((path) => `<${element}><loc>${escapeXml(address + pageAddress(path))}</loc></${element}>\n`)
      .join('');
  const parts = Array.from({ length: Math.ceil(pages.length / PAGES) }, (_, i) => ({
    file: `sitemap-${i}.xml`,
    code: `${HEAD}<urlset ${SPACE}>\n${entries(pages.slice(i * PAGES, (i + 1) * PAGES), 'url')}</urlset>\n`,
  }));
  const names = parts.map(({ file }) => file);
  return [
    { file: SITEMAP, code: `${HEAD}<sitemapindex ${SPACE}>\n${entries(names, 'sitemap')}</sitemapindex>\n` },
    ...parts,
  ];
}

function escapeXml(address: string): string {
  return address.replaceAll('&', '&amp;').replaceAll("'", '&apos;');
}
