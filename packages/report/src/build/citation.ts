import { analysisOf } from '../view/site.ts';
import type { Site } from '../view/site.ts';

/** File that says how a site is to be cited, in the Citation File Format 1.2. */
export const CITATION = 'CITATION.cff';

/**
 * The citation of a site. Its version is the analysis its figures are of, so that what is cited can be told from what
 * a later run found.
 *
 * @param facts.address of the site; undefined where its config states none
 */
export function citation(
  site: Site,
  facts: { authors: readonly string[]; description: string; address: string | undefined },
): string {
  const { provenance } = site.study;
  const text = (value: string): string => JSON.stringify(value.toWellFormed());
  return [
    'cff-version: 1.2.0',
    'message: Please cite this site as below.',
    'type: dataset',
    `title: ${text(site.title)}`,
    `abstract: ${text(facts.description)}`,
    'authors:',
    ...facts.authors.map((name) => `  - name: ${text(name)}`),
    `version: ${text(analysisOf(site))}`,
    ...(facts.address === undefined ? [] : [`url: ${text(facts.address)}`]),
    'references:',
    '  - type: software',
    '    title: Monosema',
    `    version: ${text(provenance.monosema)}`,
    '    authors:',
    '      - name: The Monosema authors',
    '',
  ].join('\n');
}
