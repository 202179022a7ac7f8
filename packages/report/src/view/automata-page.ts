import type { Findings } from '@monosema/trainer/records';
import { plain } from './escape.ts';
import { counted, integer, percent, significant } from './number.ts';
import { cycleSvg } from './cycle-graph.ts';
import { featureLink, href, thumbnail } from './site.ts';
import type { PageContent, Site } from './site.ts';

type Cycle = Findings['automata']['cycles'][number];

export const AUTOMATA = 'automata.html';

/** Cycles that are shown at once. */
const SHOWN = 12;

/**
 * Renders the cycles of features that lead to each other, those first that sampling confirms. A script lets one walk
 * from any feature to those that follow it.
 *
 * @param version of the data files
 */
export function automataPage(site: Site, { cycles }: Findings['automata'], version: string): PageContent {
  const sorted = cycles.toSorted(
    (a, b) => Number(b.holds) - Number(a.holds) || b.features.length - a.features.length,
  );
  const verified = cycles.filter(({ holds }) => holds).length;
  return {
    path: AUTOMATA,
    title: 'Automata',
    description: `Cycles of features of ${plain(site.title)} in which each makes the text likelier on which the next one fires.`,
    script: 'automata',
    body:
      '<header class=fh><h1>Automata</h1></header>' +
      `<p class=note>A feature makes some tokens likelier; on those, another feature fires. Where such steps close, features follow each other like the states of an automaton. Strength: mean activation of the next feature one token after this one fires strongly. Lift: how many times likelier it is to fire there than anywhere. Each cycle is checked by sampling a token with the feature held at its largest activation, and without. ${cycles.length === 0 ? '' : `${integer(verified)} of ${counted(cycles.length, 'cycle')} pass on every step, by three standard errors. In their pictures an arrow says the lift, and is solid where the step passes.`}</p>` +
      walk(site, sorted[0], version) +
      (sorted.length > 0
        ? `<h2>Cycles</h2>${cycleList(site, sorted.slice(0, SHOWN))}` +
          (sorted.length > SHOWN
            ? `<details><summary>${integer(sorted.length - SHOWN)} more</summary>${cycleList(site, sorted.slice(SHOWN))}</details>`
            : '')
        : '<p class=none>No cycle was found in this study.</p>'),
  };
}

/** Where the script puts what it adds: it begins with the first cycle. */
function walk(site: Site, first: Cycle | undefined, version: string): string {
  if (!first) return '';
  const dictionaries = [...site.dictionaries.values()].filter(({ record }) => record.kind === 'dictionary');
  return `<div class=walk data-version=${version} data-dictionaries="${dictionaries.map(({ record }) => `${record.id} ${record.features}`).join(';')}" data-at="${first.dictionary}/${first.features[0]}"></div>`;
}

const cycleList = (site: Site, cycles: readonly Cycle[]): string =>
  `<ol class=cycles>${cycles.map((cycle) => item(site, cycle)).join('')}</ol>`;

function item(site: Site, { dictionary, features, edges, verified, holds }: Cycle): string {
  const rows = edges.map((edge, i) => {
    const check = verified[i];
    return (
      `<tr><th scope=row>${featureLink(site, AUTOMATA, dictionary, edge.from)}</th><td class=text>${thumbnail(site, dictionary, edge.from)}` +
      `<td class=text><span class=on>${edge.tokens.map((token) => `<b>${site.vocabulary.glyph(token).alone}</b>`).join('')}</span><td>${significant(edge.strength)}<td>${significant(edge.lift)}` +
      `<td>${check === undefined ? 'n/a' : `${percent(check.plain)} → ${percent(check.pinned)}`}</tr>`
    );
  });
  const graph = cycleSvg({
    label: `Cycle of ${features.map((feature) => `${dictionary} ${feature}`).join(', ')}`,
    nodes: features.map((index) => ({
      index,
      name: brief(site.dictionaries.get(dictionary)?.firesOnText[index] ?? ''),
      href: href(AUTOMATA, `${dictionary}/${index}.html`),
    })),
    steps: edges.map(({ lift }, i) => ({ lift, holds: holdsAt(verified[i]) })),
  });
  return (
    `<li data-at="${plain(dictionary)}/${features[0]}"><h3>${[...features, features[0]!].map((feature) => featureLink(site, AUTOMATA, dictionary, feature)).join(' → ')} <small class="verdict ${holds ? 'held' : 'failed'}"><b>${holds ? 'confirmed' : 'not confirmed'}</b></small></h3>` +
    `<div class=ring><figure>${graph}</figure>` +
    `<div class=scroll tabindex=0 role=region aria-label="Steps of the cycle ${features.map((feature) => `${plain(dictionary)} ${feature}`).join(', ')}"><table class=num><thead><tr><th scope=col>feature<th scope=col class=text>fires on<th scope=col class=text>makes likelier<th scope=col>strength<th scope=col>lift<th scope=col>next fires, plain → held</tr></thead><tbody>${rows.join('')}</tbody></table></div></div>`
  );
}

/** Whether sampling confirms a step: by three standard errors, as the analysis asks; null where it was not sampled. */
function holdsAt(check: Cycle['verified'][number] | undefined): boolean | null {
  return check === undefined ? null : check.pinned - check.plain > 3 * (check.standardError ?? 0);
}

/** The first two of a feature's tokens, for a name in a picture. */
function brief(tokens: string): string {
  const name = (tokens.match(/“.*?”(?= “|$)/g) ?? []).slice(0, 2).join(' ');
  return name.length > 22 ? `${name.slice(0, 20)}…` : name;
}
