import type { Findings, TextRecord } from '@monosema/trainer/records';
import { direction } from './direction.ts';
import { plain } from './escape.ts';
import { counted, integer, significant } from './number.ts';
import { featureLink, href, thumbnail } from './site.ts';
import type { PageContent, Site } from './site.ts';

export const TEXTS = 'texts/index.html';

/** Features of one token with what they fire on; the weaker ones are numbers, folded away. */
const LISTED = 8;
/** Features of a text that stand above it. */
const LEADING = 12;

/** Tokens of a text in the list of texts. */
const OPENING = 40;

/**
 * Renders the list of the example texts: how each begins, and the feature that is strongest in it.
 *
 * @param textOf reads a text by its id
 */
export function textsPage(
  site: Site,
  { dictionary, texts }: Findings['texts'],
  textOf: (id: string) => TextRecord,
): PageContent {
  return {
    path: TEXTS,
    title: 'Texts',
    description: `Texts of ${plain(site.title)} with every feature that is active on each token.`,
    body:
      '<header class=fh><h1>Texts</h1></header>' +
      `<p class=note>What dictionary ${plain(dictionary)} finds in a text, token by token: ${integer(texts.length)} stretches of the evaluation text, one domain after another.</p>` +
      `<ol class=texts>${texts.map(({ id, title }) => entry(site, title, textOf(id))).join('')}</ol>`,
  };
}

function entry(site: Site, title: string, { id, tokens, active, dictionary }: TextRecord): string {
  const units = site.vocabulary.units(tokens, 0, Math.min(OPENING, tokens.length));
  const rightToLeft = direction(units.map(({ glyph }) => glyph)) === 'rtl';
  const [first] = strongest(active);
  return (
    `<li><div><a href="${id}.html">${plain(title)}</a> <small>${counted(tokens.length, 'token')}</small></div>` +
    `<div class=ex lang=""><p${rightToLeft ? ' dir=rtl' : ''}>${units.map(({ glyph }) => glyph.running).join('')}</p></div>` +
    `<span>${first ? `<small>strongest</small> ${featureLink(site, TEXTS, dictionary, first[0])} ${thumbnail(site, dictionary, first[0])}` : '<span class=none>no active feature</span>'}</span>`
  );
}

/** Features of a text with their largest activations in it, the strongest first. */
function strongest(active: TextRecord['active']): [feature: number, activation: number][] {
  const largest = new Map<number, number>();
  for (const { feature, activation } of active.flat())
    largest.set(feature, Math.max(activation, largest.get(feature) ?? 0));
  return [...largest].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
}

/**
 * Renders one text: as it reads, the features that are strongest in it, then every token with all of its features,
 * strongest first. A script shades the text by a feature.
 */
export function textPage(site: Site, { title }: { readonly title: string }, text: TextRecord): PageContent {
  const path = `texts/${text.id}.html`;
  const { dictionary } = text;
  const units = site.vocabulary.units(text.tokens);
  const running = units
    .map(
      ({ from, to, glyph }) =>
        `<a href=#t${from + 1} data-to=${to}>${glyph.blank ? glyph.alone : glyph.running}</a>`,
    )
    .join('');
  const rightToLeft = direction(units.map(({ glyph }) => glyph)) === 'rtl';
  const rows = text.tokens.map((token, i) => {
    const active = text.active[i]!;
    const listed = active
      .slice(0, LISTED)
      .map(
        ({ feature, activation }) =>
          `<li>${featureLink(site, path, dictionary, feature)} <small>${significant(activation)}</small> ${thumbnail(site, dictionary, feature)}`,
      )
      .join('');
    const weaker = active
      .slice(LISTED)
      .map(
        ({ feature, activation }) =>
          `<li><a href=${href(path, `${dictionary}/${feature}.html`)}>${feature}</a> <small>${significant(activation, 2)}</small>`,
      );
    const more =
      weaker.length > 0
        ? `<details><summary>${integer(weaker.length)} weaker</summary><ol class=active>${weaker.join('')}</ol></details>`
        : '';
    return `<tr id=t${i + 1}><th scope=row>${i + 1}</th><td class=text><span class=on><b>${site.vocabulary.glyph(token).alone}</b></span><td class=text>${listed ? `<ol class=active>${listed}</ol>${more}` : '<span class=none>none</span>'}</tr>`;
  });
  return {
    path,
    title: plain(title),
    description: `Every active feature of ${plain(dictionary)} on each token of a text.`,
    script: 'text',
    body:
      `<nav class=crumb aria-label="Place in the site"><a href=index.html>Texts</a></nav><header class=fh><h1>${plain(title)}</h1></header>` +
      `<p class=note>From <cite>${plain(text.document)}</cite>, by dictionary ${plain(dictionary)}.</p>` +
      `<div class=whole><div class=ex lang=""><p class=tk${rightToLeft ? ' dir=rtl' : ''}>${running}</p></div></div>` +
      `<section class=leading><h2>Strongest in this text</h2>${leading(site, path, text)}</section>` +
      `<h2>Token by token</h2><div class=scroll tabindex=0 role=region aria-label="Tokens"><table class="num tokens"><thead><tr><th scope=col>place<th scope=col class=text>token<th scope=col class=text>active features, strongest first</tr></thead><tbody>${rows.join('')}</tbody></table></div>`,
  };
}

/** The features of the largest activation in a text, each with its activation on every token. */
function leading(site: Site, path: string, { dictionary, active }: TextRecord): string {
  const features = strongest(active).slice(0, LEADING);
  if (features.length === 0) return '<p class=none>No feature is active on any token.</p>';
  return `<ol class=links>${features
    .map(([feature, most]) => {
      const values = active.map((list) => list.find((each) => each.feature === feature)?.activation ?? 0);
      const count = values.filter((value) => value > 0).length;
      return `<li data-feature=${feature} data-max=${significant(site.dictionaries.get(dictionary)?.maxActivation[feature] ?? most)} data-values="${values.map((value) => (value === 0 ? '' : significant(value))).join(' ')}">${featureLink(site, path, dictionary, feature)} <small>${significant(most)} at most, on ${integer(count)} of ${integer(active.length)} tokens</small> ${thumbnail(site, dictionary, feature)}`;
    })
    .join('')}</ol>`;
}
