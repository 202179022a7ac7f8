import type { Findings } from '@monosema/trainer/records';
import { plain } from './escape.ts';
import { fixed, integer, share } from './number.ts';
import { featureLink, thumbnail } from './site.ts';
import type { PageContent, Site } from './site.ts';
import { splitTree } from './split-tree.ts';
import type { SplitNode } from './split-tree.ts';

type Split = Findings['splits']['splits'][number];

export const SPLITS = 'splits.html';

/**
 * Renders how features divide as dictionaries grow: a tree of one, which a script makes an explorer of, and the splits
 * that say most.
 *
 * @param version of the data files
 */
export function splitsPage(
  site: Site,
  { threshold, splits, counted }: Findings['splits'],
  version: string,
): PageContent {
  const byDictionary = Map.groupBy(splits, ({ parent }) => parent.dictionary);
  const sections = [...byDictionary].map(([id, list]) => {
    const finer = list[0]?.children[0]?.dictionary;
    return `<section class=fs id=${anchor(id)}><h2>${plain(id)} into ${finer === undefined ? 'n/a' : plain(finer)}</h2>${countHtml(counted, id, list.length)}<ol class=splits>${list.map((split, i) => item(site, split, i === 0)).join('')}</ol></section>`;
  });
  return {
    path: SPLITS,
    title: 'Splits',
    description: `How the features of ${plain(site.title)} split as dictionaries grow.`,
    script: 'splits',
    body:
      '<header class=fh><h1>Feature splitting</h1></header>' +
      `<p class=note>A feature of a narrow dictionary becomes several in a wider one. Lines join features whose masked cosine is above ${fixed(threshold, 2)}: the cosine of their activations where one of them is active. Beside it, in grey, the cosine of their directions.</p>` +
      explorer(site, splits, version) +
      (sections.length > 0
        ? `<p class=note>Splits that say most come first: their children fire on different tokens, or in different domains. Distinct: the part of what they fire on that no two children share.</p>${sections.join('')}`
        : '<p class=none>No feature of this study has two children.</p>'),
  };
}

/** How many splits there are, of which the list has the first. */
function countHtml(counted: Findings['splits']['counted'], id: string, listed: number): string {
  const found = counted.find(({ dictionary }) => dictionary === id);
  if (!found) return '';
  return `<p class=note>${integer(found.split)} features have two children or more; of ${integer(found.distinct)} no two children share more than half of what they fire on. ${found.split > listed ? `The ${integer(listed)} that say most:` : ''}</p>`;
}

function explorer(site: Site, splits: readonly Split[], version: string): string {
  const first = splits[0];
  if (!first) return '';
  const recorded = new Map(
    splits.map(({ parent, children }) => [parent.dictionary, children[0]?.dictionary]),
  );
  const views = [...site.dictionaries.values()].filter(({ has }) => has.widths);
  const widths = views
    .map(({ record, has }) => {
      const wider = views
        .filter((view) => view.record.model === record.model && view.record.features > record.features)
        .sort((one, other) => one.record.features - other.record.features);
      const next = has.children ? (recorded.get(record.id) ?? wider[0]?.record.id) : undefined;
      return `${record.id} ${record.features} ${next ?? '-'}`;
    })
    .join(';');
  const { parent } = first;
  return (
    `<section class=explorer aria-label="One feature as dictionaries grow" data-version=${version} data-widths="${widths}" data-root="${parent.dictionary}/${parent.feature}">` +
    `<div class=drawn>${splitTree(treeOf(site, first), false)}</div></section>`
  );
}

function treeOf(site: Site, { parent, children }: Split): SplitNode {
  const leaf = (id: string, index: number): SplitNode => ({
    id,
    index,
    firesOn: site.dictionaries.get(id)?.firesOn[index] ?? '',
    children: [],
    more: 0,
  });
  return {
    ...leaf(parent.dictionary, parent.feature),
    children: children.map(({ dictionary, feature, similarity, cosine }) => ({
      similarity,
      cosine,
      node: leaf(dictionary, feature),
    })),
    more: Math.max(0, childrenOf(site, parent, children.length) - children.length),
  };
}

/** How many children a feature has, of which a split has the first. */
const childrenOf = (site: Site, { dictionary, feature }: Split['parent'], listed: number): number =>
  site.dictionaries.get(dictionary)?.childCount[feature] ?? listed;

function item(site: Site, { parent, children, distinctness }: Split, open: boolean): string {
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
  const name = `${parent.dictionary}/${parent.feature}`;
  const all = childrenOf(site, parent, children.length);
  const compared = all > children.length ? `, ${integer(children.length)} compared,` : ',';
  return (
    `<li data-root="${plain(name)}"><details${open ? ' open' : ''}><summary><b class=f>${plain(parent.dictionary)}·${parent.feature}</b> ${thumbnail(site, parent.dictionary, parent.feature)} <small>into ${integer(all)}${compared} ${share(distinctness)} distinct</small></summary>` +
    `<p>${featureLink(site, SPLITS, parent.dictionary, parent.feature)}</p><div class=scroll tabindex=0 role=region aria-label="Children of ${plain(parent.dictionary)} ${parent.feature}"><table class=num><thead><tr><th scope=col>child<th scope=col class=text>fires on<th scope=col class=text>unlike the others<th scope=col>masked cosine<th scope=col>cosine</tr></thead><tbody>${rows}</tbody></table></div></details>`
  );
}

const anchor = (id: string): string => id.replaceAll('/', '-');
