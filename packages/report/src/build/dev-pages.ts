import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Connect, ViteDevServer } from 'vite';
import type { Records } from '@monosema/trainer/records';
import { valuesScript } from '../view/feature-values.ts';
import type { DictionaryView, Site } from '../view/site.ts';
import { CITATION } from './citation.ts';
import { clientFiles, withScript } from './client-scripts.ts';
import type { ClientScripts } from './client-scripts.ts';
import { featuresCsv } from './features-csv.ts';
import { ICON } from './icon.ts';
import { CARDS, cardFiles, columnsFile, rowsFile } from './list-data.ts';
import { ratingFiles, renderFeature, renderPath } from './pages.ts';
import { playgroundPart } from './playground-files.ts';
import { recordsFile } from './records-files.ts';
import { cutShell, shellBytes, stamp, withPlace } from './stamp.ts';

const HEADER = 'x-monosema-shell';

/**
 * Serves the same pages in `astro dev`, by the same renderer: Astro is asked for the shell, then it is filled.
 *
 * @param base path that the site lies under, as Astro has it
 */
export function devPages(
  server: ViteDevServer,
  {
    site,
    records,
    scripts,
    citation,
    base,
  }: {
    site: Site;
    records: Records;
    scripts: ClientScripts;
    citation: string | undefined;
    base: string;
  },
): Connect.NextHandleFunction {
  return (request, response, next) => {
    const path = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/').slice(1);
    if (request.headers[HEADER]) return next();
    const send = (type: string, body: string): void => {
      response.setHeader('content-type', `${type}; charset=utf-8`);
      response.end(body);
    };
    if (path === ICON.file) return send('image/svg+xml', ICON.code);
    const script = clientFiles(scripts).find(({ file }) => file === path);
    if (script) return send(script.file.endsWith('.css') ? 'text/css' : 'text/javascript', script.code);
    if (path === CITATION && citation !== undefined) return send('text/plain', citation);
    const rating = ratingFiles(site).find((file) => file.path === path);
    if (rating) return send('text/javascript', rating.code);
    const weights = site.playground.view && playgroundPart(records.root, site.playground.view, path);
    if (weights) return send('text/javascript', weights);
    const data = /^(.+)\/data\/(columns|rows|cards)(?:-(\d+))?\.js$/.exec(path);
    const view = site.dictionaries.get(data?.[1] ?? '');
    if (data && view) {
      dataFile(site, records, view, data[2] ?? '', Number(data[3])).then(
        (code) => send('text/javascript', code),
        next,
      );
      return;
    }
    const table = site.dictionaries.get(/^(.+)\/features\.csv$/.exec(path)?.[1] ?? '');
    if (table) return send('text/csv', featuresCsv(table));
    for (const id of site.records?.keys() ?? [])
      if (path === recordsFile(id)) return void response.end(readFileSync(join(records.root, path)));
    const page = async (): Promise<void> => {
      const address = server.httpServer?.address() as AddressInfo | null | undefined;
      const shell = async (route: string) => {
        const from = shellAddress(address?.port ?? 0, base, route);
        const asked = await fetch(from, { headers: { [HEADER]: '1' } });
        if (!asked.ok)
          throw new Error(`report: expected Astro to render ${from}, got status ${asked.status}`);
        return cutShell(await asked.text(), base);
      };
      if (/\/\d+\.(html|js)$/.test(path)) {
        const around = await shell('monosema-shell');
        const feature = await renderFeature(site, records, path, shellBytes(around));
        if (!feature) return next();
        if (path.endsWith('.js')) {
          const index = Number(/(\d+)\.js$/.exec(path)?.[1]);
          return send('text/javascript', valuesScript(new Map([[index, feature.values]])));
        }
        return send('text/html', stamp(withPlace(around, feature.page.path), feature.page));
      }
      const content = await renderPath(site, records, path);
      if (!content) return next();
      const route =
        content.path === 'index.html' ? '' : content.path === 'method.html' ? 'method' : 'monosema-shell';
      send('text/html', stamp(withPlace(await shell(route), content.path), withScript(content, scripts)));
    };
    page().catch(next);
  };
}

/** Where Astro renders a shell: below the base of the site, for without it Astro answers with a page of its own. */
export function shellAddress(port: number, base: string, route: string): string {
  return `http://localhost:${port}${base.replace(/\/?$/, '/')}${route}`;
}

/** A file of a dictionary's data folder. */
async function dataFile(
  site: Site,
  records: Records,
  view: DictionaryView,
  name: string,
  at: number,
): Promise<string> {
  if (name === 'columns') return columnsFile(site, view);
  if (name === 'rows') return rowsFile(view, at);
  let made = '';
  const cards = cardFiles(site, view, (_, code) => (made = code));
  const to = Math.min((at + 1) * CARDS, view.record.features);
  for (let index = at * CARDS; index < to; index++) cards.add(await records.feature(view.record.id, index));
  return made;
}
