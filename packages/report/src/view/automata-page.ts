import type { Findings } from '@monosema/trainer/records';
import { plain } from './escape.ts';
import { integer, percent, significant } from './number.ts';
import { featureLink, thumbnail } from './site.ts';
import type { PageContent, Site } from './site.ts';

type Cycle = Findings['automata']['cycles'][number];

export const AUTOMATA = 'automata.html';

/** Renders the cycles of features that lead to each other, those first that sampling confirms. */
export function automataPage(site: Site, { cycles }: Findings['automata']): PageContent {
  const sorted = cycles.toSorted(
    (a, b) => Number(b.holds) - Number(a.holds) || b.features.length - a.features.length,
  );
  const verified = cycles.filter(({ holds }) => holds).length;
  return {
    path: AUTOMATA,
    title: 'Automata',
    description: `Cycles of features of ${plain(site.title)} in which each makes the text likelier on which the next one fires.`,
    body:
      '<header class=fh><h1>Automata</h1></header>' +
      `<p class=note>A feature makes some tokens likelier; on those, another feature fires. Where such steps close, features follow each other like the states of an automaton. Strength: mean activation of the next feature one token after this one fires strongly. Lift: how many times likelier it is to fire there than anywhere. Each cycle is checked by sampling a token with the feature held at its largest activation, and without. ${integer(verified)} of ${integer(cycles.length)} cycles pass on every step, by three standard errors.</p>` +
      (sorted.length > 0
        ? `<ol class=cycles>${sorted.map((cycle) => item(site, cycle)).join('')}</ol>`
        : '<p class=none>No cycle was found in this study.</p>'),
  };
}

function item(site: Site, { dictionary, features, edges, verified, holds }: Cycle): string {
  const rows = edges.map((edge, i) => {
    const check = verified[i];
    return (
      `<tr><th scope=row>${featureLink(site, AUTOMATA, dictionary, edge.from)}</th><td class=text>${thumbnail(site, dictionary, edge.from)}` +
      `<td class=text><span class=on>${edge.tokens.map((token) => `<b>${site.vocabulary.glyph(token).alone}</b>`).join('')}</span><td>${significant(edge.strength)}<td>${significant(edge.lift)}` +
      `<td>${check === undefined ? 'n/a' : `${percent(check.plain)} → ${percent(check.pinned)}`}</tr>`
    );
  });
  return (
    `<li><h2>${[...features, features[0]!].map((feature) => featureLink(site, AUTOMATA, dictionary, feature)).join(' → ')} <small class="verdict ${holds ? 'held' : 'failed'}"><b>${holds ? 'confirmed' : 'not confirmed'}</b></small></h2>` +
    `<div class=scroll tabindex=0 role=region aria-label="Steps of the cycle ${features.map((feature) => `${plain(dictionary)} ${feature}`).join(', ')}"><table class=num><thead><tr><th scope=col>feature<th scope=col class=text>fires on<th scope=col class=text>makes likelier<th scope=col>strength<th scope=col>lift<th scope=col>next fires, plain → held</tr></thead><tbody>${rows.join('')}</tbody></table></div>`
  );
}
