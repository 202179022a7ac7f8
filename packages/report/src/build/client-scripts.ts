import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { rootOf } from '../view/site.ts';
import type { PageContent, PageScriptName } from '../view/site.ts';

/** A file that pages load, named by its content. */
export interface ClientFile {
  file: string;
  code: string;
}

/** The scripts of the site: one sets the theme before the page is painted, one is on all pages, others on some. */
export interface ClientScripts {
  theme: ClientFile;
  main: ClientFile;
  /** What the playground computes with, which it loads when its reader asks; null where the site has none. */
  compute: ClientFile | null;
  /** With the style that comes with each. */
  pages: Record<PageScriptName, { script: ClientFile; style: ClientFile }>;
}

/**
 * Bundles the scripts as classic ones: modules and fetch are forbidden to a page opened from a folder.
 *
 * @param computes whether the site has a playground, whose program is far larger than all the others
 */
export async function bundleScripts(computes: boolean): Promise<ClientScripts> {
  const page = async (name: PageScriptName): Promise<ClientScripts['pages'][PageScriptName]> => {
    const { script, style } = await bundle(name);
    if (!style) throw new Error(`internal: client/${name}.ts imports no style`);
    return { script, style };
  };
  return {
    theme: (await bundle('theme')).script,
    main: (await bundle('main')).script,
    compute: computes ? (await bundle('compute')).script : null,
    pages: {
      browse: await page('browse'),
      splits: await page('splits'),
      automata: await page('automata'),
      text: await page('text'),
      rate: await page('rate'),
      playground: await page('playground'),
    },
  };
}

/** All files of the scripts. */
export function clientFiles({ theme, main, compute, pages }: ClientScripts): ClientFile[] {
  return [
    theme,
    main,
    ...(compute ? [compute] : []),
    ...Object.values(pages).flatMap(({ script, style }) => [script, style]),
  ];
}

/** A page with its own script and style in its head. What the script adds at once is there when the page is first painted. */
export function withScript(page: PageContent, { compute, pages }: ClientScripts): PageContent {
  if (page.script === undefined) return page;
  const { script, style } = pages[page.script];
  const root = rootOf(page.path);
  const program =
    page.script === 'playground' && compute
      ? ` data-compute="${root}${compute.file}" data-bytes=${compute.code.length}`
      : '';
  return {
    ...page,
    head: `${page.head ?? ''}<link rel=stylesheet href="${root}${style.file}"><script defer blocking=render src="${root}${script.file}"${program}></script>`,
  };
}

/** The scripts are what this file is: TypeScript in a workspace, JavaScript where the package was built. */
const EXTENSION = extname(fileURLToPath(import.meta.url));

async function bundle(name: string): Promise<{ script: ClientFile; style: ClientFile | undefined }> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    // A classic script has no address of its own; kernels are in it, and their addresses whole.
    define: { 'import.meta.url': 'location.href' },
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      lib: {
        entry: fileURLToPath(new URL(`../client/${name}${EXTENSION}`, import.meta.url)),
        formats: ['iife'],
        name: 'monosema',
        cssFileName: name,
      },
    },
  });
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((each) =>
    'output' in each ? each.output : [],
  );
  const chunk = outputs.find((output) => output.type === 'chunk');
  if (chunk?.type !== 'chunk') throw new Error(`internal: bundling client/${name}.ts gave no script`);
  const style = outputs.find((output) => output.fileName.endsWith('.css'));
  return {
    script: named(name, 'js', chunk.code),
    style: style?.type === 'asset' ? named(name, 'css', String(style.source)) : undefined,
  };
}

function named(name: string, extension: string, code: string): ClientFile {
  const hash = createHash('sha256').update(code).digest('hex').slice(0, 10);
  return { file: `assets/${name}.${hash}.${extension}`, code };
}
