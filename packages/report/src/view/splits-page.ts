import type { Findings } from '@monosema/trainer/records';
import { plain } from './escape.ts';
import { fixed, percent } from './number.ts';
import { featureLink, thumbnail } from './site.ts';
import type { PageContent, Site } from './site.ts';

export const SPLITS = 'splits.html';

/** Renders the splits that say most: a coarse feature beside its children in the next wider dictionary. */
export function splitsPage(site: Site, { threshold, splits }: Findings['splits']): PageContent {
  const byDictionary = Map.groupBy(splits, ({ parent }) => parent.dictionary);
  const sections = [...byDictionary].map(([id, list]) => {
    const finer = list[0]?.children[0]?.dictionary;
    return `<section class=fs id=${anchor(id)}><h2>${plain(id)} into ${finer === undefined ? 'n/a' : plain(finer)}</h2><ol class=splits>${list.map((split) => item(site, split)).join('')}</ol></section>`;
  });
  return {
    path: SPLITS,
    title: 'Splits',
    description: `How the features of ${plain(site.title)} split as dictionaries grow.`,
    body:
      '<header class=fh><h1>Feature splitting</h1></header>' +
      `<p class=note>A feature of a narrow dictionary becomes several in a wider one. Lines join features whose masked cosine is above ${fixed(threshold, 2)}; splits come first whose children fire on different tokens, or in different domains. Distinct: the part of what they fire on that no two children share.</p>` +
      (sections.join('') || '<p class=none>No feature of this study has two children.</p>'),
  };
}

function item(site: Site, { parent, children, distinctness }: Findings['splits']['splits'][number]): string {
  const rows = children
    .map(
      ({ dictionary, feature, similarity, cosine, tokens }) =>
        `<tr><th scope=row>${featureLink(site, SPLITS, dictionary, feature)}</th><td class=text>${thumbnail(site, dictionary, feature)}<td class=text>${
          tokens.length
            ? `<span class=on>${tokens.map((token) => `<b>${site.vocabulary.glyph(token).alone}</b>`).join('')}</span>`
            : '<span class=none>none of its own</span>'
        }<td>${fixed(similarity, 2)}<td>${cosine === null ? 'n/a' : fixed(cosine, 2)}</tr>`,
    )
    .join('');
  return (
    `<li><h3>${featureLink(site, SPLITS, parent.dictionary, parent.feature)} ${thumbnail(site, parent.dictionary, parent.feature)} <small>${percent(distinctness)} distinct</small></h3>` +
    `<div class=scroll tabindex=0 role=region aria-label="Children of ${plain(parent.dictionary)} ${parent.feature}"><table class=num><thead><tr><th scope=col>child<th scope=col class=text>fires on<th scope=col class=text>unlike the others<th scope=col>masked cosine<th scope=col>cosine</tr></thead><tbody>${rows}</tbody></table></div>`
  );
}

const anchor = (id: string): string => id.replaceAll('/', '-');
