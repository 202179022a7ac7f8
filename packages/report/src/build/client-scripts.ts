import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** A script of the site: its file, named by its content, and its code. */
export interface ClientScript {
  file: string;
  code: string;
}

/** The two scripts of the site: one sets the theme before the page is painted, one does everything else. */
export interface ClientScripts {
  theme: ClientScript;
  main: ClientScript;
}

/** Bundles the scripts as classic ones: modules and fetch are forbidden to a page opened from a folder. */
export async function bundleScripts(): Promise<ClientScripts> {
  return { theme: await bundle('theme'), main: await bundle('main') };
}

async function bundle(name: string): Promise<ClientScript> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      lib: {
        entry: fileURLToPath(new URL(`../client/${name}.ts`, import.meta.url)),
        formats: ['iife'],
        name: 'monosema',
      },
    },
  });
  const outputs = Array.isArray(result) ? result : [result];
  const chunk = outputs
    .flatMap((each) => ('output' in each ? each.output : []))
    .find(({ type }) => type === 'chunk');
  if (chunk?.type !== 'chunk') throw new Error(`internal: bundling client/${name}.ts gave no script`);
  const hash = createHash('sha256').update(chunk.code).digest('hex').slice(0, 10);
  return { file: `assets/${name}.${hash}.js`, code: chunk.code };
}
