/**
 * The address that a site will have, as its Astro config states it, with the slash; undefined where it states none.
 * Addresses in pages are relative and need none; links for search engines and for previews must be whole.
 *
 * @param site Astro's `site`; a path in it counts, though Astro itself has paths in `base`
 * @param base Astro's `base`, as `/` or `/docs`
 */
export function siteAddress(site: string | undefined, base: string): string | undefined {
  if (site === undefined) return undefined;
  const root = site.endsWith('/') ? site : `${site}/`;
  const path = base.replace(/^\/|\/$/g, '');
  return path === '' || root.endsWith(`/${path}/`) ? root : `${root}${path}/`;
}

/** What follows the address of the site in that of a page: a folder's first page goes by the name of the folder. */
export function pageAddress(path: string): string {
  return encodeURI(path.replace(/(^|\/)index\.html$/, '$1'));
}
