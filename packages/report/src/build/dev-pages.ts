import type { AddressInfo } from 'node:net';
import type { Connect, ViteDevServer } from 'vite';
import type { Records } from '@monosema/trainer/records';
import { listData } from '../view/list-page.ts';
import type { Site } from '../view/site.ts';
import type { ClientScripts } from './client-scripts.ts';
import { ICON } from './icon.ts';
import { LIST_SCRIPT, renderFeature, renderPath } from './pages.ts';
import { cutShell, shellBytes, stamp } from './stamp.ts';

const HEADER = 'x-monosema-shell';

/** Serves the same pages in `astro dev`, by the same renderer: Astro is asked for the shell, then it is filled. */
export function devPages(
  server: ViteDevServer,
  { site, records, scripts }: { site: Site; records: Records; scripts: ClientScripts },
): Connect.NextHandleFunction {
  return (request, response, next) => {
    const path = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/').slice(1);
    if (request.headers[HEADER]) return next();
    const send = (type: string, body: string): void => {
      response.setHeader('content-type', `${type}; charset=utf-8`);
      response.end(body);
    };
    if (path === ICON.file) return send('image/svg+xml', ICON.code);
    const script = Object.values(scripts).find(({ file }: { file: string }) => file === path);
    if (script) return send('text/javascript', script.code);
    if (path.endsWith(`/${LIST_SCRIPT}`)) {
      const view = site.dictionaries.get(path.slice(0, -LIST_SCRIPT.length - 1));
      if (view) return send('text/javascript', listData(view));
    }
    const page = async (): Promise<void> => {
      const address = server.httpServer?.address() as AddressInfo | null | undefined;
      const shell = async (route: string) => {
        const asked = await fetch(`http://localhost:${address?.port}/${route}`, {
          headers: { [HEADER]: '1' },
        });
        return cutShell(await asked.text(), '/');
      };
      if (/\/\d+\.(html|js)$/.test(path)) {
        const around = await shell('monosema-shell');
        const feature = await renderFeature(site, records, path, shellBytes(around));
        if (!feature) return next();
        if (path.endsWith('.js')) return send('text/javascript', feature.values.code);
        return send('text/html', stamp(around, feature.page));
      }
      const content = await renderPath(site, records, path);
      if (!content) return next();
      const route =
        content.path === 'index.html' ? '' : content.path === 'method.html' ? 'method' : 'monosema-shell';
      send('text/html', stamp(await shell(route), content));
    };
    page().catch(next);
  };
}
