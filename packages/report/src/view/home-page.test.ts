import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecords } from '@monosema/trainer/records';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadSite } from '../build/load-site.ts';
import { writeFixture } from '../testing/index.ts';
import { comparePage } from './compare-page.ts';
import { claimSection } from './home-claims.ts';
import { homeLead } from './home-page.ts';
import { readingSection } from './home-reading.ts';
import { corpusSection, dictionarySection, modelSection } from './home-sections.ts';
import { deviations } from './method-deviations.ts';
import { proxiesPage } from './proxies-page.ts';
import type { Site } from './site.ts';

let root: string;
let site: Site;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'home-'));
  writeFixture(root);
  site = await loadSite(openRecords(root), 'home');
  // A busy machine writes slowly.
}, 120_000);
afterAll(() => rmSync(root, { recursive: true }));

/** The study as it would be of a top-k dictionary of the residual stream. */
function ofResidualStream({ dictionaries, ...rest }: Site): Site {
  return {
    ...rest,
    dictionaries: new Map(
      [...dictionaries]
        .filter(([, { record }]) => record.kind === 'dictionary')
        .map(([id, view]) => {
          const training = { ...view.record.training!, architecture: 'topk', l1Coefficient: 0 };
          return [
            id,
            { ...view, record: { ...view.record, site: 'residual-mid', layer: 2, training } },
          ] as const;
        }),
    ),
  };
}

test('features of an MLP are made of neurons, at a λ', () => {
  expect(homeLead(site)).toContain('<dt>neurons they are made of</dt><dd>8</dd>');
  const runs = dictionarySection(site);
  expect(runs).toContain('the MLP after its nonlinearity, block 0');
  expect(runs).toContain('× neurons');
  expect(runs).toContain('<td>4<td>0.5<td>');
});

test('the residual stream has dimensions and no neurons, and an architecture without λ has none', () => {
  const other = ofResidualStream(site);
  expect(homeLead(other)).toContain('<dt>dimensions they are made of</dt><dd>8</dd>');
  const runs = dictionarySection(other);
  expect(runs).toContain('the residual stream after the attention of block 2');
  expect(runs).not.toContain('neurons');
  expect(runs).toContain('topk');
  expect(runs).toContain('<td>n/a<td>n/a');
});

test('pages that set features beside neurons speak of none where there are none', () => {
  const pages = (of: Site): string =>
    JSON.stringify([comparePage(of), proxiesPage(of, of.findings.proxies!, null)]);
  expect(pages(site).match(/neuron/g)!.length).toBeGreaterThan(10);
  const other = ofResidualStream(site);
  const universality = site.study.universality.filter(({ from }) => !from.endsWith('neurons'));
  const proxies = site.findings.proxies!.proxies.map((proxy) => ({ ...proxy, neuron: null }));
  const found = { ...other.findings, proxies: { ...site.findings.proxies!, proxies } };
  const words = pages({ ...other, study: { ...other.study, universality }, findings: found });
  expect(words.replace('has no neurons to compare with', '')).not.toContain('neuron');
});

test('levels of activation stand beside each other with what explanations expect of them', () => {
  const { body } = comparePage(site);
  const row = (name: string, cells: readonly string[]): string =>
    `<tr><th scope=row>${name}</th><td>${cells.join('<td>')}</tr>`;
  // Three dictionaries, then the neurons, then the control.
  expect(body).toContain(
    row('the largest', ['95\u202f%', '95\u202f%', '95\u202f%', '60\u202f%', '95\u202f%']),
  );
  expect(body).toContain(
    row(
      '70 % of it',
      Array.from({ length: 5 }, () => 'n/a'),
    ),
  );
  expect(body).toContain(
    row('next to nothing', ['45\u202f%', '45\u202f%', '45\u202f%', '10\u202f%', '45\u202f%']),
  );
  expect(body).toContain(
    row(
      'not active',
      Array.from({ length: 5 }, () => '5\u202f%'),
    ),
  );
});

test('a card has one line of its grid for words, where a claim was not measured too', () => {
  const claims = site.findings.claims!;
  const lacking = claims.claims.map((claim) => ({ ...claim, holds: null, lacks: 'no <neurons>' }));
  const cards = claimSection(site, { ...claims, claims: lacking })
    .split('<li>')
    .slice(1);
  for (const card of cards.slice(0, lacking.length)) {
    expect(card).toContain('<br>This study has no &lt;neurons&gt;.');
    expect(card.match(/<p>/g)).toHaveLength(1);
  }
});

test('a model that was trained elsewhere has no training tokens and no curve, and its dictionary no architecture', () => {
  const [first] = site.study.models;
  const study = { ...site.study, models: [{ ...first!, trainingTokens: 0, shuffleOf: null, history: [] }] };
  expect(homeLead({ ...site, study })).toContain('<dt>training tokens</dt><dd>n/a</dd>');
  expect(modelSection(study)).toContain(`Imported, and trained elsewhere: ${first!.id}.`);
  expect(modelSection(study)).not.toContain('<figure>');
  expect(modelSection(site.study)).not.toContain('Imported');
  const [view] = site.dictionaries.values();
  const one = { ...view!, record: { ...view!.record, kind: 'dictionary' as const, training: null } };
  expect(dictionarySection({ ...site, dictionaries: new Map([['A/1', one]]) })).toContain('>imported<');
});

test('effects are said to be measured only where features are of the last layer', () => {
  const lacking = 'Not measured in this study, whose features are not of the last layer';
  expect(readingSection(site, [])).not.toContain(lacking);
  expect(readingSection(ofResidualStream(site), [])).toContain(lacking);
});

test('what a dictionary starts from is said by its architecture', () => {
  const config = { dictionaries: { initialDensity: 0.03 } };
  const started = (of: Site): string =>
    deviations({ ...of, study: { ...of.study, provenance: { ...of.study.provenance, config } } });
  expect(started(site)).toContain('equal directions, scaled so that 3.0 % are active');
  expect(started(ofResidualStream(site))).toContain('equal, in random directions');
});

test('the table of runs says which rows are a second model, the control and neurons', () => {
  const section = dictionarySection(site);
  expect(section).toContain('Of a second model, begun from another seed: B/1.');
  expect(section).toContain('The control, of a model whose weights were shuffled: R/1.');
  expect(section).toContain('Neurons are measured likewise');
  const [first] = site.dictionaries.values();
  const third = { ...first!, record: { ...first!.record, id: 'C/1', model: 'C' } };
  const three = new Map([...site.dictionaries, ['C/1', third]]);
  expect(dictionarySection({ ...site, dictionaries: three })).toContain(
    'Of other models, begun from other seeds: B/1, C/1.',
  );
});

test('of a corpus with a label for every document the largest domains are listed, by names that fit', () => {
  const domains = Array.from({ length: 500 }, (_, i) => ({
    ...site.study.corpus.domains[0]!,
    domain: `${i}${'😀'.repeat(1000)}`,
    bytes: 500 - i,
  }));
  const html = corpusSection({ ...site.study, corpus: { ...site.study.corpus, domains } });
  expect(html.split('<li>')).toHaveLength(61);
  expect(html).toContain('and 440 smaller ones');
  expect(html.length).toBeLessThan(40_000);
  expect(html.isWellFormed()).toBe(true);
});

test('dictionaries are said to be of several widths only where they are, and more than all of the loss is explained', () => {
  const [first] = site.dictionaries.values();
  const one = { ...first!, record: { ...first!.record, kind: 'dictionary' as const, lossRecovered: 1.02 } };
  const of = (...views: (typeof one)[]) =>
    dictionarySection({ ...site, dictionaries: new Map(views.map((view) => [view.record.id, view])) });
  const twin = (features: number) => ({ ...one, record: { ...one.record, id: 'A/9', features } });
  expect(of(one)).not.toContain('taken apart at several widths');
  expect(of(one, twin(one.record.features))).toContain('taken apart in several ways');
  expect(of(one, twin(one.record.features + 1))).toContain('taken apart at several widths');
  expect(of(one)).toContain('More than 100 % of the loss is recovered where');
});
