import type { Findings, TextRecord } from '@monosema/trainer/records';
import { direction } from './direction.ts';
import { plain } from './escape.ts';
import { integer, significant } from './number.ts';
import { featureLink, thumbnail } from './site.ts';
import type { PageContent, Site } from './site.ts';

export const TEXTS = 'texts/index.html';

/** Features listed of one token at most; a young dictionary fires everywhere. */
const LISTED = 12;

/** Renders the list of the example texts. */
export function textsPage(site: Site, { dictionary, texts }: Findings['texts']): PageContent {
  return {
    path: TEXTS,
    title: 'Texts',
    description: `Texts of ${plain(site.title)} with every feature that is active on each token.`,
    body:
      '<header class=fh><h1>Texts</h1></header>' +
      `<p class=note>What dictionary ${plain(dictionary)} finds in a text, token by token: ${integer(texts.length)} stretches of the evaluation text, a domain's turn after the other's.</p>` +
      `<ol class=texts>${texts.map(({ id, title, tokens }) => `<li><a href="${id}.html">${plain(title)}</a> <small>${integer(tokens)} tokens</small>`).join('')}</ol>`,
  };
}

/** Renders one text: first as it reads, then every token with its features, strongest first. */
export function textPage(site: Site, { title }: { readonly title: string }, text: TextRecord): PageContent {
  const path = `texts/${text.id}.html`;
  const units = site.vocabulary.units(text.tokens);
  const running = units.map(({ glyph }) => (glyph.blank ? glyph.alone : glyph.running)).join('');
  const rightToLeft = direction(units.map(({ glyph }) => glyph)) === 'rtl';
  const rows = text.tokens.map((token, i) => {
    const active = text.active[i]!;
    const listed = active
      .slice(0, LISTED)
      .map(
        ({ feature, activation }) =>
          `<li>${featureLink(site, path, text.dictionary, feature)} <small>${significant(activation)}</small> ${thumbnail(site, text.dictionary, feature)}`,
      )
      .join('');
    const more =
      active.length > LISTED ? `<li class=none>${integer(active.length - LISTED)} weaker ones` : '';
    return `<tr><td>${i + 1}<th scope=row><span class=on><b>${site.vocabulary.glyph(token).alone}</b></span></th><td class=text>${listed ? `<ol class=active>${listed}${more}</ol>` : '<span class=none>none</span>'}</tr>`;
  });
  return {
    path,
    title: plain(title),
    description: `Every active feature of ${plain(text.dictionary)} on each token of a text.`,
    body:
      `<nav class=crumb aria-label="Place in the site"><a href=index.html>Texts</a></nav><header class=fh><h1>${plain(title)}</h1></header>` +
      `<p class=note>From <cite>${plain(text.document)}</cite>, by dictionary ${plain(text.dictionary)}.</p>` +
      `<div class=ex lang=""><p${rightToLeft ? ' dir=rtl' : ''}>${running}</p></div>` +
      `<div class=scroll tabindex=0 role=region aria-label="Tokens"><table class="num tokens"><thead><tr><th scope=col>place<th scope=col>token<th scope=col class=text>active features, strongest first</tr></thead><tbody>${rows.join('')}</tbody></table></div>`,
  };
}
