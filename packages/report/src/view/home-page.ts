import type { FeatureRecord } from '@monosema/trainer/records';
import type { Chosen, Contrast } from './curate.ts';
import { plain } from './escape.ts';
import { claimSection } from './home-claims.ts';
import { contrastSection, domainSection, standoutSection } from './home-features.ts';
import type { WithRecord } from './home-features.ts';
import { readingSection } from './home-reading.ts';
import {
  corpusSection,
  dictionarySection,
  modelSection,
  provenanceSection,
  universalitySection,
} from './home-sections.ts';
import { integer } from './number.ts';
import { trainingTokensOf } from './site.ts';
import type { DictionaryView, PageContent, Site } from './site.ts';

/** Records of the features that the home page shows. */
export interface HomeFeatures {
  /** Of the study's domain features, in their order. */
  domains: readonly FeatureRecord[];
  standouts: readonly WithRecord<Chosen>[];
  contrast: { choice: Contrast; feature: FeatureRecord; neuron: FeatureRecord } | undefined;
}

/** Renders the home page, without the introduction that the site's author wrote. */
export function homePage(site: Site, { domains, standouts, contrast }: HomeFeatures): PageContent {
  const { study, findings } = site;
  const body =
    (contrast ? contrastSection(site, contrast.choice, contrast) : '') +
    (findings.claims ? claimSection(site, findings.claims) : '') +
    domainSection(site, domains) +
    standoutSection(site, standouts) +
    dictionarySection(site) +
    // The claims have this chart where there are any.
    (findings.claims ? '' : universalitySection(site)) +
    readingSection(site, domains) +
    modelSection(study) +
    corpusSection(study) +
    provenanceSection(study);
  return {
    path: 'index.html',
    title: plain(site.title),
    description: `${plain(site.title)}: the features inside a language model, one page each.`,
    body,
  };
}

/** What features are made of: only the activations of an MLP have neurons. */
function decomposed(view: DictionaryView | undefined): [term: string, value: string] {
  if (view === undefined) return ['neurons they are made of', 'n/a'];
  const { site, activationWidth } = view.record;
  return [
    `${site === 'mlp-activations' ? 'neurons' : 'dimensions'} they are made of`,
    integer(activationWidth),
  ];
}

/** The facts under the title. */
export function homeLead({ study, dictionaries }: Site): string {
  const learned = [...dictionaries.values()].filter(({ record }) => record.kind === 'dictionary');
  const features = learned.reduce((sum, { record }) => sum + record.features, 0);
  const model = study.models[0];
  const entry = (term: string, value: string): string => `<div><dt>${term}</dt><dd>${value}</dd></div>`;
  return (
    '<dl class=facts>' +
    entry('features, a page each', integer(features)) +
    entry(learned.length === 1 ? 'dictionary' : 'dictionaries', integer(learned.length)) +
    entry(...decomposed(learned[0])) +
    entry('training tokens', model ? trainingTokensOf(model) : 'n/a') +
    '</dl>'
  );
}
