import type { FeatureRecord } from '@monosema/trainer/records';
import { exampleItem } from './example-lines.ts';
import { featureHead } from './feature-head.ts';
import { logitTables, neighbourPanel, splitPanel, twinPanel } from './feature-panels.ts';
import type { Place } from './feature-panels.ts';
import type { DictionaryView, PageContent, Site } from './site.ts';

/** What a short page shows of each list, and tokens either side of the centres of its examples. */
const EXAMPLES = 3;
const REACH = 4;
const LOGITS = 3;
const LINKS = 2;

/**
 * Renders the short page of a feature, for dictionaries of which a site cannot bear whole pages: its facts, its
 * strongest examples, and the heads of its lists. Everything on it is as on the whole page.
 */
export function shortPage(site: Site, view: DictionaryView, feature: FeatureRecord): PageContent {
  const head = featureHead(site, view, feature);
  const place: Place = { site, path: head.path, view };
  const brief: FeatureRecord = {
    ...feature,
    parents: feature.parents.slice(0, LINKS),
    children: feature.children.slice(0, LINKS),
    twins: feature.twins.slice(0, LINKS),
    neighbours: feature.neighbours.slice(0, LINKS),
  };
  const top = feature.exampleGroups.find(({ kind }) => kind === 'top')?.examples ?? [];
  const lines = top
    .slice(0, EXAMPLES)
    .map((example) => exampleItem(site.vocabulary, example, feature.maxActivation, { reach: REACH }));
  const examples = lines.length
    ? `<section class="grp ex" id=top><h3>Top activations</h3><ol lang="">${lines.join('')}</ol></section>`
    : '<p class=none>n/a</p>';
  return {
    ...head,
    body:
      head.body +
      `<div class=cols data-max=${feature.maxActivation}><div class=lead><h2>Examples</h2><p class=note>A short page: the site has no room for more of this feature.</p>${examples}</div>` +
      `<aside aria-label=Measurements>${splitPanel(place, brief)}${logitTables(place, feature, LOGITS)}${twinPanel(place, brief)}${neighbourPanel(place, brief)}</aside></div>`,
  };
}
