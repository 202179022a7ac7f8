import { escape, plain } from './escape.ts';
import { size } from './number.ts';
import { bytesToLoad } from './playground-view.ts';
import type { PlaygroundView } from './playground-view.ts';
import { href } from './site.ts';
import type { DictionaryView, PageContent, Site } from './site.ts';

export const PLAYGROUND = 'playground.html';

/**
 * Renders the page on which a reader types a text and sees what a dictionary finds in it. All of it is made by its
 * script, from files that are loaded when the reader asks.
 *
 * @param version of the data of the lists, which label features
 */
export function playgroundPage(
  site: Site,
  { view, lacks }: { view: PlaygroundView; lacks: string },
  version: string,
): PageContent {
  const [first] = view.dictionaries;
  const least = Math.min(...view.dictionaries.map(({ id }) => bytesToLoad(view, id)));
  return {
    path: PLAYGROUND,
    title: 'Playground',
    description: `A text of your own, read by the features of ${plain(site.title)} in your browser.`,
    script: 'playground',
    body:
      '<header class=fh><h1>Playground</h1></header>' +
      `<p class=note>Type a text: your browser runs the model on it and shows which features are active on each token, and what the model says next, with features held where you like and without. What you type stays here. Nothing is loaded until you ask for it; then it is ${size(least)} or more.</p>` +
      `<div id=playground data-version="${version}" data-files="${escape(JSON.stringify(view))}"><p class=none>The playground needs scripts. Without them the command does the same, where the study is:</p>` +
      `<code class=cmd>npx monosema sample study.config.ts --prompt 'The ' --pin ${plain(first?.id ?? 'A/1')}:0=max</code></div>` +
      (lacks === '' ? '' : `<p class="note lacks">${plain(lacks)}</p>`),
  };
}

/** Address of the playground with a feature held, from a page; undefined where the playground has none of its dictionary. */
export function tryAddress(
  site: Site,
  from: string,
  { record }: DictionaryView,
  index: number,
): string | undefined {
  const has = site.playground.view?.dictionaries.some(({ id }) => id === record.id) ?? false;
  return has ? `${href(from, PLAYGROUND)}?pin=${record.id}:${index}` : undefined;
}
