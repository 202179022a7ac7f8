import type { ExampleGroupInput, ExampleInput, FeatureInput, Histogram } from '@monosema/trainer/records';
import { fixtureBytes, fixtureTexts, fixtureTokens, fixtureVocabulary } from './fixture-text.ts';
import { seeded } from '../seeded.ts';

const domains = Object.keys(fixtureTexts);
const tokensByDomain = new Map(domains.map((domain) => [domain, fixtureTokens(fixtureBytes(domain))]));

/** Evaluation tokens that the fixture's dictionaries claim. */
export const FIXTURE_TOKENS = 40_000;

/** A histogram of values in equal bins from the first bound to the last. */
export function binned(values: readonly number[], from: number, to: number, bins: number): Histogram {
  const counts = Array.from({ length: bins }, () => 0);
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(((value - from) / (to - from)) * bins)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { edges: Array.from({ length: bins + 1 }, (_, i) => from + ((to - from) * i) / bins), counts };
}

/** Ids of the dictionaries that a fixture feature may link to. */
export interface FixtureLinks {
  own: string;
  features: number;
  parent?: { id: string; features: number };
  child?: { id: string; features: number };
  twin?: { id: string; features: number };
  neurons: number;
}

/** The record of one made-up feature: it fires in one domain; every 17th is dead. */
export function fixtureFeature(index: number, links: FixtureLinks): FeatureInput {
  const random = seeded(index * 7919 + links.own.length * 104_729 + links.features);
  const dead = index % 17 === 16;
  const domain = domains[index % domains.length] ?? 'prose';
  const largest = 2 + 6 * random();
  const pick = (count: number): number => Math.floor(random() * count);
  const linksTo = (target: { id: string; features: number } | undefined, most: number) =>
    target && !dead
      ? Array.from({ length: Math.min(most, target.features) }, (_, i) => ({
          dictionary: target.id,
          feature: (index * most + i) % target.features,
          similarity: (0.95 - 0.05 * random()) / (1 + 0.2 * i),
        }))
      : [];
  const activeTokens = dead ? 0 : 20 + pick(2000);
  const weights = Array.from(
    { length: fixtureVocabulary.length },
    () => random() + random() + random() - 1.5,
  );
  const byWeight = weights.map((weight, token) => ({ token, weight })).sort((a, b) => b.weight - a.weight);
  return {
    index,
    activeTokens,
    maxActivation: dead ? 0 : largest,
    meanActivation: dead ? 0 : largest / 5,
    histogram: dead
      ? { edges: [], counts: [] }
      : binned(
          Array.from({ length: activeTokens }, () => largest * random() ** 3),
          0,
          largest,
          40,
        ),
    exampleGroups: dead ? [] : groups(domain, largest, activeTokens, random),
    logitWeights: {
      top: byWeight.slice(0, 10),
      bottom: byWeight.slice(-10).reverse(),
      histogram: binned(weights, -1.5, 1.5, 40),
      linearity: dead
        ? null
        : {
            pearson: 0.9 - 0.3 * random(),
            atScale: 0.98,
            firstOrder: 0.99,
            tokens: 20 + pick(400),
          },
    },
    neuronAlignment: Array.from({ length: 3 }, (_, i) => ({
      neuron: (index + i) % links.neurons,
      coefficient: (i === 1 ? -1 : 1) * (0.4 - 0.1 * i),
      share: 0.02 - 0.004 * i,
    })),
    correlatedNeurons: Array.from({ length: 3 }, (_, i) => ({
      neuron: (index + 3 * i) % links.neurons,
      pearson: 0.5 - 0.1 * i,
      cosine: 0.4 - 0.1 * i,
    })),
    neighbours: linksTo({ id: links.own, features: links.features }, 5),
    parents: linksTo(links.parent, 1),
    // The first feature divides into more than a page shows at once.
    children: linksTo(links.child, index === 0 ? 14 : 3),
    twins: linksTo(links.twin, 2).map((link) => ({ ...link, logitWeights: 0.61, attribution: null })),
    ...(dead ? {} : found(index, links)),
    domains: dead
      ? []
      : [
          { domain, activeTokens: Math.ceil(activeTokens * 0.7), topHalfTokens: 12 },
          { domain: 'prose <b>', activeTokens: Math.floor(activeTokens * 0.3), topHalfTokens: 1 },
        ],
  };
}

/** What newer analyses find of a feature. */
function found(index: number, { own, features }: FixtureLinks): Partial<FeatureInput> {
  const other = (step: number) => (index + step) % features;
  return {
    correlatedFeatures: [{ feature: other(1), pearson: 0.6, cosine: 0.5 }],
    proxies: [{ proxy: 'script:Hebrew', pearson: 0.71, specificity: 0.5, topSpecificity: 0.98 }],
    automaton: {
      into: [{ feature: other(2), strength: 1.5, lift: 12 }],
      outOf: [{ feature: other(3), strength: 0.5, lift: 4 }],
    },
    steering: [
      { prompt: '', pinnedTo: 4, steered: '</dd><script>alert(7)</script>\n\u202e', plain: 'so it goes' },
    ],
    explanations: own.endsWith('neurons')
      ? []
      : [
          {
            explainer: 'rules',
            text: '`<b>` after a <i>tag</i>',
            activationScore: index % 5 === 4 ? null : (index % 50) / 50,
            logitScore: null,
          },
        ],
    map: own.endsWith('neurons')
      ? null
      : {
          x: index % 20,
          y: -Math.floor(index / 20),
          cluster: index % 5 === 0 ? null : index % 3,
          order: features - index - 1,
        },
    singleToken: index % 4 === 0,
  };
}

function groups(
  domain: string,
  largest: number,
  activeTokens: number,
  random: () => number,
): ExampleGroupInput[] {
  const group = (
    kind: ExampleGroupInput['kind'],
    level: number | null,
    from: number,
    to: number,
    count: number,
  ): ExampleGroupInput => ({
    kind,
    level,
    from,
    to,
    activeTokens: Math.floor(activeTokens / 8),
    examples: Array.from({ length: count }, () => example(domain, to * (0.95 + 0.05 * random()), random)),
  });
  return [
    group('top', null, largest * 0.9, largest, 20),
    ...Array.from({ length: 11 }, (_, level) =>
      group(
        'interval',
        level,
        largest * Math.max(0, 0.95 - level / 10),
        largest * Math.min(1, 1.05 - level / 10),
        level === 1 ? 0 : 5,
      ),
    ),
    group('bottom', null, 0, largest / 20, 20),
    group('random', null, 0, largest, 10),
  ];
}

function example(domain: string, peak: number, random: () => number): ExampleInput {
  const text = tokensByDomain.get(domain) ?? [];
  const length = Math.min(32, text.length);
  const start = Math.floor(random() * (text.length - length + 1));
  const tokens = text.slice(start, start + length);
  const at = Math.min(length - 1, 16);
  const activations = tokens.map((_, i) => (i === at ? peak : random() < 0.25 ? peak * random() : 0));
  const fired = (i: number): boolean => (activations[i - 1] ?? 0) > 0;
  return {
    tokens,
    activations,
    lossChange: activations.map((_, i) => (fired(i) ? random() ** 3 * 4 - 0.6 : null)),
    logitChanges: activations.map((_, i) =>
      fired(i) ? { risen: changes(random, 1), fallen: changes(random, -1) } : null,
    ),
    at,
    document:
      domain === 'hostile'
        ? '"><script>alert(3)</script>\u202e\ud800'
        : `${domain}/some/where/text-${Math.floor(random() * 90)}.txt`,
    domain: domain === 'emoji' ? null : domain,
  };
}

/** Five made-up changes of logits, the largest first. */
function changes(random: () => number, sign: 1 | -1): { token: number; change: number }[] {
  return Array.from({ length: 5 }, (_, i) => ({
    token: Math.floor(random() * fixtureVocabulary.length),
    change: (sign * (2 + random())) / (i + 1),
  }));
}
