import { rootOf } from '../view/site.ts';
import { pageAddress } from './site-address.ts';
import type { PageContent } from '../view/site.ts';

/** A page that Astro rendered, cut where a page's own content goes. */
export type Shell = readonly (string | { slot: keyof PageContent | 'root' })[];

const CUTS = /%%monosema-(title|description|card|head|body|path)%%|((?:href|src)=")\//g;

/**
 * Cuts a page that Astro rendered at its slots, and at every address from the root of the site, which becomes
 * relative so that the site works under any path and from a folder.
 *
 * @param base the base path that Astro put before addresses, as `/` or `/docs`
 */
export function cutShell(html: string, base: string): Shell {
  const prefix = base.replace(/^\/|\/$/g, '');
  const parts: (string | { slot: keyof PageContent | 'root' })[] = [];
  let at = 0;
  for (const match of html.matchAll(CUTS)) {
    const [whole, slot, attribute] = match;
    if (attribute && html[match.index + whole.length] === '/') continue;
    parts.push(html.slice(at, match.index) + (attribute ?? ''));
    parts.push({ slot: attribute ? 'root' : (slot as keyof PageContent) });
    at = match.index + whole.length;
    if (attribute && prefix && html.startsWith(prefix, at))
      at += prefix.length + (html[at + prefix.length] === '/' ? 1 : 0);
  }
  parts.push(html.slice(at));
  return parts;
}

/** Bytes that a shell puts around the content of a page two folders down, which features' pages are, at most. */
export function shellBytes(shell: Shell): number {
  // Its address and its picture's, which stand in its head, are seldom longer.
  const path = 'A/some-name/1234567.html';
  return Buffer.byteLength(stamp(shell, { path, card: path, title: '', description: '', body: '' }));
}

/** Puts a page's content into a shell. */
export function stamp(shell: Shell, page: PageContent): string {
  const root = rootOf(page.path);
  return shell.map((part) => (typeof part === 'string' ? part : filled(page, part.slot, root))).join('');
}

function filled(page: PageContent, slot: keyof PageContent | 'root', root: string): string {
  if (slot === 'root') return root;
  return slot === 'path' ? pageAddress(page.path) : (page[slot] ?? '');
}

/**
 * The shell of a page with its place in the navigation marked: the link to the page itself, or to the folder that it
 * lies in.
 */
export function withPlace(shell: Shell, path: string): Shell {
  const folder = `${path.slice(0, path.lastIndexOf('/') + 1)}index.html`;
  const isLink = (target: string) => (part: Shell[number], i: number) =>
    typeof part === 'string' && typeof shell[i - 1] === 'object' && part.startsWith(`${target}">`);
  // The name of the site, which comes first, leads to the home page.
  if (path === 'index.html') return shell;
  const own = shell.findIndex(isLink(path));
  const at = own >= 0 || folder === 'index.html' ? own : shell.findIndex(isLink(folder));
  return shell.map((part, i) =>
    i === at && typeof part === 'string' ? part.replace('"', '" aria-current=page') : part,
  );
}
