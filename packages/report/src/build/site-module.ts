import type { Plugin } from 'vite';
import { CITATION } from './citation.ts';
import { findingPages } from './pages.ts';
import { seen } from '../view/escape.ts';
import { homeLead } from '../view/home-page.ts';
import { shadeCss } from '../view/shade-css.ts';
import { analysisOf, isNeurons } from '../view/site.ts';
import type { Site } from '../view/site.ts';
import type { ClientScripts } from './client-scripts.ts';

const NAME = 'virtual:monosema';
const SHADES = 'virtual:monosema-shades.css';

/** The dictionaries of the first model and its neurons: the home page has the table of all. */
function dictionaryLinks(site: Site): { href: string; label: string }[] {
  const views = [...site.dictionaries.values()];
  return views
    .filter(({ record }) => record.model === views[0]?.record.model)
    .map((view) => ({
      href: `/${view.record.id}/index.html`,
      label: isNeurons(view) ? 'Neurons' : view.record.id,
    }));
}

/** A name that Astro puts into the pages, in which nothing may look like a slot of theirs. */
const stated = (name: string): string => seen(name).replaceAll('%%', '% %');

/** What the routes know of the site: its name, its navigation, its scripts, its shades and the author's introduction. */
export function siteModule(
  { site, scripts }: { site: Site; scripts: ClientScripts },
  options: {
    title: string;
    description: string;
    intro?: string | undefined;
    /** Of the site, as its config states it. */
    address: string | undefined;
    /** Whether the site says how to cite it. */
    cited: boolean;
  },
): Plugin {
  const nav = [
    ...findingPages(site).map(({ path, label }) => ({ href: `/${path}`, label })),
    ...dictionaryLinks(site),
  ];
  const facts = {
    title: stated(options.title),
    description: stated(options.description),
    address: options.address,
    citation: options.cited ? `/${CITATION}` : undefined,
    nav,
    lead: homeLead(site),
    theme: `/${scripts.theme.file}`,
    main: `/${scripts.main.file}`,
    study: stated(site.study.name),
    analysis: stated(analysisOf(site)),
    version: stated(site.study.provenance.monosema),
  };
  return {
    name: NAME,
    resolveId: (id) => (id === NAME || id === SHADES ? `\0${id}` : undefined),
    load: (id) => {
      if (id === `\0${SHADES}`) return shadeCss();
      if (id !== `\0${NAME}`) return undefined;
      return (
        `export const site = ${JSON.stringify(facts)};\n` +
        (options.intro
          ? `export { Content as Intro } from ${JSON.stringify(options.intro)};`
          : 'export const Intro = undefined;')
      );
    },
  };
}
