// Made-up records of the shape that an analysis writes, with as many features as one wants:
//   node bench/site/records.ts FOLDER FEATURES [WINDOW]
import { RECORDS_VERSION, writeDictionary, writeStudy, writeVocabulary } from '@monosema/trainer/records';
import type { ExampleGroupInput, ExampleInput, FeatureInput, Histogram } from '@monosema/trainer/records';

const TOKENS = 10_000_000;
const VOCABULARY = 8192;
/** Features that differ in more than what they link to: making text takes longer than writing it. */
const KINDS = 2048;

/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const rounded = (value: number): number => Math.round(value * 1e5) / 1e5;

/** Tokens like those of a byte-level tokenizer: 256 bytes, then pieces of words, half of them after a space. */
function vocabulary(random: () => number): Uint8Array[] {
  const letters = 'etaoinshrdlucmfwypvbgkjqxz';
  const letter = (): string => letters[Math.floor(random() ** 2 * letters.length)] ?? 'e';
  return Array.from({ length: VOCABULARY }, (_, id) => {
    if (id < 256) return Uint8Array.of(id);
    const word = Array.from({ length: 2 + Math.floor(random() * 6) }, letter).join('');
    return new Uint8Array(Buffer.from(random() < 0.5 ? ` ${word}` : word));
  });
}

function bins(count: number, from: number, to: number, height: (bin: number) => number): Histogram {
  return {
    edges: Array.from({ length: count + 1 }, (_, i) => rounded(from + ((to - from) * i) / count)),
    counts: Array.from({ length: count }, (_, i) => Math.round(height(i))),
  };
}

/** The record of a feature but for its index and its links. @param window tokens of an example */
function kindOf(random: () => number, window: number): FeatureInput {
  const largest = 1 + 4 * random();
  const activeTokens = 40 + Math.floor(random() ** 4 * 100_000);
  const pick = (): number => 256 + Math.floor(random() ** 3 * (VOCABULARY - 256));
  // A feature fires on few tokens, mostly.
  const own = Array.from({ length: 6 }, pick);
  const at = Math.floor(window / 2);
  const example = (peak: number): ExampleInput => {
    const activations = Array.from({ length: window }, (_, i) =>
      i === at ? rounded(peak) : random() < 0.12 ? rounded(peak * random()) : 0,
    );
    return {
      tokens: activations.map((value) => (value > 0 ? (own[Math.floor(random() * 6)] ?? 0) : pick())),
      activations,
      lossChange: activations.map((_, i) =>
        (activations[i - 1] ?? 0) > 0 ? rounded(random() ** 4 * 3 - 0.2) : null,
      ),
      at,
      document: `shard-${Math.floor(random() * 900)}/text-${Math.floor(random() * 9000)}`,
      domain: ['web', 'books', 'code', 'forum', 'news', 'papers'][Math.floor(random() * 6)] ?? null,
    };
  };
  const group = (
    kind: ExampleGroupInput['kind'],
    level: number | null,
    from: number,
    to: number,
    count: number,
  ): ExampleGroupInput => ({
    kind,
    level,
    from: rounded(from),
    to: rounded(to),
    activeTokens: Math.floor(activeTokens / 9),
    examples: Array.from({ length: count }, () => example(from + (to - from) * random())),
  });
  const weights = Array.from({ length: 20 }, (_, i) => ({ token: pick(), weight: rounded(2 - i / 5) }));
  return {
    index: 0,
    activeTokens,
    maxActivation: rounded(largest),
    meanActivation: rounded(largest / 4),
    histogram: bins(40, 0, largest, (i) => activeTokens * 0.2 * Math.exp(-i / 6)),
    // As the analysis takes them: the top, the paper's eleven levels, the bottom, random ones.
    exampleGroups: [
      group('top', null, largest * 0.9, largest, 12),
      ...Array.from({ length: 11 }, (_, level) =>
        group('interval', level, largest * Math.max(0, 0.95 - level / 10), largest * (1.05 - level / 10), 5),
      ),
      group('bottom', null, 0, largest / 40, 12),
      group('random', null, 0, largest, 10),
    ],
    logitWeights: {
      top: weights.slice(0, 10),
      bottom: weights.slice(10).map(({ token, weight }) => ({ token, weight: -weight })),
      histogram: bins(40, -2, 2, (i) => VOCABULARY * 0.1 * Math.exp(-(((i - 20) / 6) ** 2))),
    },
    neuronAlignment: Array.from({ length: 3 }, (_, i) => ({
      neuron: i,
      coefficient: 0.4 - 0.1 * i,
      share: 0.02,
    })),
    correlatedNeurons: Array.from({ length: 3 }, (_, i) => ({
      neuron: i,
      pearson: 0.5 - 0.1 * i,
      cosine: 0.4,
    })),
    neighbours: [],
    parents: [],
    children: [],
    twins: [],
    domains: ['web', 'books', 'code'].map((domain, i) => ({
      domain,
      activeTokens: Math.floor(activeTokens / (i + 2)),
      topHalfTokens: 30 - 9 * i,
    })),
    explanations: [
      {
        explainer: 'rules',
        text: 'the tokens `the`, `of` and 3 more',
        activationScore: 0.5,
        logitScore: 0.7,
      },
    ],
  };
}

/** Writes a study of one dictionary, A/1. @param window tokens of an example; the demo has 24, the paper 9 */
export function writeRecords(root: string, features: number, window: number): void {
  const random = seeded(1);
  writeVocabulary(root, {
    version: RECORDS_VERSION,
    tokens: vocabulary(random).map((token) => Buffer.from(token).toString('base64')),
  });
  const kinds = Array.from({ length: Math.min(KINDS, features) }, () => kindOf(random, window));
  const writer = writeDictionary(root, 'A/1');
  for (let index = 0; index < features; index++) {
    const links = (count: number, step: number) =>
      Array.from({ length: count }, (_, i) => ({
        dictionary: 'A/1',
        feature: (index * step + 7 * i + 1) % features,
        similarity: 0.9 - 0.08 * i,
      }));
    writer.append({
      ...kinds[index % kinds.length]!,
      index,
      neighbours: links(5, 3),
      parents: links(1, 5),
      children: links(3, 11),
      correlatedFeatures: links(3, 13).map(({ feature }) => ({ feature, pearson: 0.5, cosine: 0.4 })),
    });
  }
  writer.finish({
    version: RECORDS_VERSION,
    id: 'A/1',
    model: 'A',
    kind: 'dictionary',
    site: 'mlp-activations',
    layer: 0,
    activationWidth: 512,
    features,
    evaluationTokens: TOKENS,
    l0: 20,
    explainedVariance: 0.8,
    losses: { original: 3, reconstructed: 3.2, zeroAblated: 5, meanAblated: 4.8, tokens: TOKENS },
    lossRecovered: 0.9,
    deadFeatures: 0,
    densityHistogram: bins(40, -6, -1, (i) => (features / 8) * Math.exp(-(((i - 18) / 6) ** 2))),
    training: null,
  });
  writeStudy(root, {
    version: RECORDS_VERSION,
    name: 'made-up records',
    models: [],
    dictionaries: ['A/1'],
    corpus: { documents: 0, bytes: 0, trainTokens: 0, validationTokens: TOKENS, domains: [] },
    domainFeatures: [],
    universality: [],
    provenance: {
      monosema: '0.1.0',
      config: {},
      adapter: { name: 'none: made-up records', class: 'software', driver: 'none' },
      stages: [],
      tokenizerHash: '0'.repeat(64),
    },
  });
}

if (import.meta.main) {
  const [folder, features, window = '24'] = process.argv.slice(2);
  if (!folder || !features) throw new Error('records: expected FOLDER FEATURES [WINDOW]');
  writeRecords(folder, Number(features), Number(window));
}
