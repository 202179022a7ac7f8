import { RECORDS_VERSION, writeFinding, writeText } from '@monosema/trainer/records';
import type { Findings } from '@monosema/trainer/records';
import { binned } from './fixture-feature.ts';
import { fixtureBytes, fixtureTexts, fixtureTokens } from './fixture-text.ts';

const HOSTILE = '<script>alert(5)</script>\u202e';

/** Writes made-up findings: one of each kind, hostile names and texts among them. */
export function writeFixtureFindings(root: string): void {
  writeFinding(root, 'claims', claims());
  writeFinding(root, 'proxies', proxies());
  writeFinding(root, 'steering', {
    version: RECORDS_VERSION,
    steering: [
      {
        dictionary: 'A/1',
        feature: 0,
        proxy: 'script:Hebrew',
        pinnedTo: 4.5,
        pinnedMass: 0.61,
        plainMass: 0.02,
        doses: [
          { times: 1, pinnedMass: 0.61, otherMass: 0.03 },
          { times: 4, pinnedMass: 0.9, otherMass: null },
        ],
        positions: 128,
        samples: [{ prompt: '1,2,3', steered: HOSTILE, plain: '4,5,6' }],
      },
    ],
  });
  writeFinding(root, 'splits', {
    version: RECORDS_VERSION,
    threshold: 0.4,
    counted: [{ dictionary: 'A/0', split: 5, distinct: 3 }],
    splits: [0, 1].map((feature) => ({
      parent: { dictionary: 'A/0', feature },
      children: [1, 2, 3].map((child) => ({
        dictionary: 'A/1',
        feature: 3 * feature + child,
        similarity: 0.9 - 0.1 * child,
        cosine: child === 3 ? null : 0.5,
        tokens: child === 2 ? [] : [child, child + 1],
      })),
      distinctness: 0.75,
    })),
  });
  writeFinding(root, 'automata', {
    version: RECORDS_VERSION,
    cycles: [true, false].map((holds, i) => ({
      dictionary: 'A/1',
      features: [i, i + 2],
      edges: [
        { from: i, to: i + 2, strength: 1.5, lift: 12.3, tokens: [3, 4] },
        { from: i + 2, to: i, strength: 0.5, lift: 4.2, tokens: [5] },
      ],
      verified: [
        { pinned: 0.8, plain: 0.1, standardError: 0.05, samples: 32 },
        { pinned: holds ? 0.5 : 0, plain: 0.1, standardError: null, samples: 32 },
      ],
      holds,
    })),
  });
  const domains = Object.keys(fixtureTexts).filter((name) =>
    ['prose', 'legal', 'hebrew', 'hostile'].includes(name),
  );
  writeFinding(root, 'texts', {
    version: RECORDS_VERSION,
    dictionary: 'A/1',
    texts: domains.map((domain) => ({ id: domain, title: domain, domain, tokens: 24 })),
  });
  for (const domain of domains) {
    const tokens = fixtureTokens(fixtureBytes(domain)).slice(0, 24);
    writeText(root, {
      version: RECORDS_VERSION,
      id: domain,
      dictionary: 'A/1',
      document: `"><script>alert(6)</script>${domain}`,
      tokens,
      active: tokens.map((_, i) =>
        Array.from({ length: i % 20 }, (__, j) => ({ feature: (i + j) % 24, activation: 20 - j })),
      ),
    });
  }
}

function claims(): Findings['claims'] {
  const chart = {
    title: 'Scores',
    series: [
      { name: 'features', histogram: binned([0.2, 0.5, 0.6, 0.61], 0, 1, 10) },
      { name: 'neurons', histogram: binned([0.1, 0.2], 0, 1, 10) },
    ],
  };
  const claim = (
    id: Findings['claims']['claims'][number]['id'],
    holds: boolean | null,
  ): Findings['claims']['claims'][number] => ({
    id,
    claim: `A claim about ${id}.`,
    rule: 'The rule by which it holds & fails.',
    holds,
    lacks: holds === null ? 'only 1 width of <dictionaries>' : null,
    figures: [
      { name: 'a figure', value: 0.71, unit: '', paper: '0.72' },
      { name: 'another', value: null, unit: 'nats', paper: null },
    ],
    charts: holds === true ? [chart] : [],
    features: holds === null ? [] : [{ dictionary: 'A/1', feature: 3, why: HOSTILE }],
    fails: holds === false ? HOSTILE : null,
    against: holds === false ? [{ dictionary: 'A/neurons', feature: 1, why: HOSTILE }] : [],
  });
  return {
    version: RECORDS_VERSION,
    claims: [
      claim('monosemantic', true),
      claim('not-neurons', true),
      claim('steering', true),
      claim('universal', false),
      claim('splitting', true),
      claim('more-than-neurons', null),
      claim('automata', false),
    ],
  };
}

function proxies(): Findings['proxies'] {
  const match = (dictionary: string, feature: number, pearson: number) => ({
    dictionary,
    feature,
    pearson,
    specificity: Array.from({ length: 10 }, (_, band) => ({
      from: band / 10,
      to: (band + 1) / 10,
      activeTokens: 20,
      onConcept: 2 * band,
    })),
    expectedValue: { edges: [0, 1, 2], on: [1, 2], off: [3, 0] },
  });
  return {
    version: RECORDS_VERSION,
    proxies: (['script', 'string', 'domain'] as const).map((kind, i) => ({
      id: `${kind}:${i}`,
      name: i === 2 ? HOSTILE : `proxy ${i}`,
      kind,
      tokens: 300 + i,
      feature: i === 1 ? null : match('A/1', i, 0.8 - 0.1 * i),
      neuron: match('A/neurons', i, 0.3),
    })),
  };
}
