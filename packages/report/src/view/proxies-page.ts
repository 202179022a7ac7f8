import type { Findings } from '@monosema/trainer/records';
import { plain } from './escape.ts';
import { fixed, integer, percent, share, significant } from './number.ts';
import { featureLink, isNeurons, thumbnail } from './site.ts';
import type { PageContent, Site } from './site.ts';

type Proxy = Findings['proxies']['proxies'][number];
type Match = NonNullable<Proxy['feature']>;

export const PROXIES = 'proxies.html';

const KINDS = { string: 'Kinds of strings', script: 'Scripts', domain: 'Domains of the corpus' } as const;

/** Renders, for every property of text that can be computed, the feature and the neuron that track it best. */
export function proxiesPage(
  site: Site,
  { proxies }: Findings['proxies'],
  steering: Findings['steering'] | null,
): PageContent {
  const neurons = [...site.dictionaries.values()].some(isNeurons);
  const sections = (Object.keys(KINDS) as (keyof typeof KINDS)[]).map((kind) => {
    const rows = proxies
      .filter((proxy) => proxy.kind === kind)
      .toSorted((a, b) => (b.feature?.pearson ?? 0) - (a.feature?.pearson ?? 0));
    return rows.length === 0
      ? ''
      : `<section class=fs id=${kind}><h2>${KINDS[kind]}</h2><div class=scroll tabindex=0 role=region aria-label="${KINDS[kind]}"><table class="num kinds"><thead><tr><th scope=col>kind<th scope=col>tokens<th scope=col class=text>best feature<th scope=col class=text>fires on<th scope=col>Pearson<th scope=col>strong ones in it${neurons ? '<th scope=col class=text>best neuron<th scope=col>Pearson' : ''}</tr></thead><tbody>${rows.map((proxy) => row(site, proxy, neurons)).join('')}</tbody></table></div></section>`;
  });
  return {
    path: PROXIES,
    title: 'Kinds of text',
    description: `Which features of ${plain(site.title)} stand for scripts, kinds of strings and domains${neurons ? ', beside the best neurons' : ''}.`,
    body:
      '<header class=fh><h1>Kinds of text</h1></header>' +
      `<p class=note>Kinds that can be told by computing alone (the paper calls them proxies): the script of a token, strings whose characters are likelier in one alphabet than in common text, the domain of the document. For each, the feature${neurons ? ' and the neuron' : ''} whose activations correlate with it most (Pearson) over the evaluation text. Strong ones in it: of the tokens on which the feature is above half of its largest activation, the share that are of the kind.</p>` +
      sections.join('') +
      (steering === null ? '' : steeringSection(site, steering, proxies)),
  };
}

function row(site: Site, { name, tokens, feature, neuron }: Proxy, neurons: boolean): string {
  const of = (match: Match | null): string =>
    match === null
      ? '<span class=none>none</span>'
      : featureLink(site, PROXIES, match.dictionary, match.feature);
  return (
    `<tr><th scope=row>${plain(name.replaceAll('_', ' '))}</th><td>${integer(tokens)}<td class=text>${of(feature)}<td class=text>${feature === null ? '' : thumbnail(site, feature.dictionary, feature.feature)}` +
    `<td>${feature === null ? 'n/a' : fixed(feature.pearson, 2)}<td>${feature === null ? 'n/a' : share(onConcept(feature))}${neurons ? `<td class=text>${of(neuron)}<td>${neuron === null ? 'n/a' : fixed(neuron.pearson, 2)}` : ''}</tr>`
  );
}

function onConcept({ specificity }: Match): number | null {
  const upper = specificity.filter(({ from }) => from >= 0.5);
  const active = upper.reduce((sum, { activeTokens }) => sum + activeTokens, 0);
  return active > 0 ? upper.reduce((sum, each) => sum + each.onConcept, 0) / active : null;
}

function steeringSection(site: Site, { steering }: Findings['steering'], proxies: readonly Proxy[]): string {
  if (steering.length === 0) return '';
  const name = new Map(proxies.map((proxy) => [proxy.id, proxy.name]));
  const times = [...new Set(steering.flatMap(({ doses }) => doses.map((dose) => dose.times)))];
  const gain = (mass: number, over: number): string => (over > 0 ? `${significant(mass / over)} ×` : 'n/a');
  const rows = steering
    .toSorted((a, b) => b.pinnedMass / b.plainMass - a.pinnedMass / a.plainMass)
    .map(({ dictionary, feature, proxy, pinnedTo, plainMass, doses }) => {
      const cells = times.map((of) => {
        const dose = doses.find((each) => each.times === of);
        return dose === undefined
          ? '<td>n/a'
          : `<td title="${percent(dose.pinnedMass)} of the probability${dose.otherMass === null ? '' : `; ${percent(dose.otherMass)} with another feature held as far`}">${gain(dose.pinnedMass, plainMass)}`;
      });
      return `<tr><th scope=row>${plain((name.get(proxy) ?? proxy).replaceAll('_', ' '))}</th><td>${featureLink(site, PROXIES, dictionary, feature)}<td>${significant(pinnedTo)}<td>${percent(plainMass)}${cells.join('')}</tr>`;
    });
  const heads = times.map((of) => `<th scope=col>held at ${of === 1 ? 'its largest' : `${of} ×`}`);
  return (
    '<section class=fs id=steering><h2>Steering</h2><p class=note>The probability that the next token is of the kind, averaged over places of the evaluation text where the context has nothing of the kind so far: as the model predicts, and by how many times it rises with the feature held everywhere at its largest activation and at multiples of it. Samples are on the pages of the features.</p>' +
    `<div class=scroll tabindex=0 role=region aria-label="Steering"><table class=num><thead><tr><th scope=col>kind<th scope=col>feature<th scope=col>largest<th scope=col>plain${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`
  );
}
