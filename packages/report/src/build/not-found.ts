import { createHash } from 'node:crypto';
import { plain } from '../view/escape.ts';

/** What hosts show where there is no page. */
export const NOT_FOUND = '404.html';

const STYLE =
  ':root{color-scheme:light dark}body{max-width:34rem;margin:15vh auto;padding:0 1rem;font:1.125rem/1.55 Georgia,serif;color:light-dark(#1a1a1a,#f0eeea);background:light-dark(#fdfcf9,#121417)}h1{line-height:1.15}p{overflow-wrap:anywhere}a{color:light-dark(#8a4200,#ffb271)}';

/**
 * A page that a host shows in the place of any that is not there, at whatever depth: it has its style in itself, and
 * links from the folder that was asked for, since where the site begins is known only with its address.
 *
 * @param address of the site, where its config states one
 */
export function notFound(title: string, address?: string): string {
  const hash = createHash('sha256').update(STYLE).digest('base64');
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'">` +
    '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">' +
    `<title>No such page · ${plain(title)}</title><style>${STYLE}</style></head>` +
    `<body><main><h1>There is no such page</h1><p>${plain(title)} has nothing at this address. Features are numbered from 0, and a smaller dictionary ends sooner.</p>` +
    '<p><a href="index.html">The list or page that this folder begins with</a></p>' +
    (address === undefined
      ? '<p><a href="../../index.html">Two folders up</a>, which from the page of a feature is the home page</p>'
      : `<p><a href="${plain(address)}">The home page</a></p>`) +
    '</main></body></html>\n'
  );
}
