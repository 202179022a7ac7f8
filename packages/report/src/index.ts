import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';
import { openRecords } from '@monosema/trainer/records';
import type { Records } from '@monosema/trainer/records';
import { citation } from './build/citation.ts';
import { bundleScripts } from './build/client-scripts.ts';
import type { ClientScripts } from './build/client-scripts.ts';
import { devPages } from './build/dev-pages.ts';
import { loadSite } from './build/load-site.ts';
import { MAX_BYTES } from './build/plan.ts';
import { siteAddress } from './build/site-address.ts';
import { siteModule } from './build/site-module.ts';
import { writeSite } from './build/write-site.ts';
import { checkOptions } from './options.ts';
import type { ReportOptions } from './options.ts';
import type { Site } from './view/site.ts';

export type { ReportOptions } from './options.ts';
export { ReportError } from './report-error.ts';

const route = (file: string): string => fileURLToPath(new URL(`./routes/${file}`, import.meta.url));

/**
 * An Astro integration that publishes a folder of feature records: a home page, a list for every dictionary, a page
 * for every feature and neuron, and a page on method. Everything is static, reads without scripts, and asks
 * nothing of any other host; addresses are relative, so the site works under any path and from a folder.
 *
 * @throws {ReportError} when an option is wrong; a RecordsError when the records are missing or do not fit
 */
export default function monosemaReport(given: ReportOptions): AstroIntegration {
  const options = checkOptions(given);
  let made:
    | { site: Site; records: Records; scripts: ClientScripts; citation: string | undefined }
    | undefined;
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  let base = '/';
  let address: string | undefined;
  const description =
    options.description ?? `The features inside a language model, one page each: ${options.title}.`;
  const ready = (): NonNullable<typeof made> => {
    if (!made) throw new Error('internal: the report was asked for pages before it was set up');
    return made;
  };
  return {
    name: '@monosema/report',
    hooks: {
      'astro:config:setup': async ({ config, command, injectRoute, updateConfig, addWatchFile }) => {
        if (command !== 'build' && command !== 'dev') return;
        base = config.base;
        address = siteAddress(config.site, base);
        const records = openRecords(fileURLToPath(new URL(folder(options.records), config.root)));
        const ratings = (options.ratings ?? []).map((file) => fileURLToPath(new URL(file, config.root)));
        const site = await loadSite(records, options.title, ratings, maxBytes, options.playground);
        made = {
          site,
          records,
          scripts: await bundleScripts(site.playground.view !== null),
          citation: options.authors && citation(site, { authors: options.authors, description, address }),
        };
        const intro = options.intro && new URL(options.intro, config.root);
        for (const file of ratings) addWatchFile(file);
        if (intro) addWatchFile(intro);
        injectRoute({ pattern: '/', entrypoint: route('index.astro') });
        injectRoute({ pattern: '/method', entrypoint: route('method.astro') });
        injectRoute({ pattern: '/monosema-shell', entrypoint: route('shell.astro') });
        updateConfig({
          build: { format: 'file', assets: 'assets', inlineStylesheets: 'never' },
          devToolbar: { enabled: false },
          vite: {
            plugins: [
              siteModule(made, {
                title: options.title,
                description,
                address,
                cited: options.authors !== undefined,
                ...(intro && { intro: fileURLToPath(intro) }),
              }),
            ],
          },
        });
      },
      'astro:server:setup': ({ server }) => {
        server.middlewares.use(devPages(server, { ...ready(), base }));
      },
      'astro:build:done': async ({ dir, pages, logger }) => {
        const { site, records, scripts, citation: cited } = ready();
        const files = pages.map(({ pathname }) =>
          pathname === '' ? 'index.html' : `${pathname.replace(/\/$/, '')}.html`,
        );
        const started = performance.now();
        const written = await writeSite(site, records, {
          folder: fileURLToPath(dir),
          base,
          address,
          pages: files,
          scripts,
          citation: cited,
          maxBytes,
          say: (sentence) => logger.info(sentence),
        });
        logger.info(`${written} pages in ${((performance.now() - started) / 1000).toFixed(1)} s`);
      },
    },
  };
}

function folder(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}
