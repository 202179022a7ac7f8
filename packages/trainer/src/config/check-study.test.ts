import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkStudy } from './check-study.ts';
import { demo, paper, small } from './presets.ts';
import { studySchema } from './schema.ts';

/** Part of a study with one dictionary of as many features as the model has neurons. */
const dictionaryOf = (keys: Record<string, unknown>): Record<string, unknown> => ({
  transformer: { dMlp: 256 },
  dictionaries: { list: [{ id: 'A/1', expansion: 1, ...keys }] },
});

const minimal = { name: 'mine', corpus: { path: 'text' } };

function refusal(study: unknown): string {
  try {
    checkStudy(study);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
}

describe('checkStudy', () => {
  it('fills in the sizes of the demo where a study names only its corpus', () => {
    const study = checkStudy(minimal);
    expect(study.tokenizer).toEqual(demo.tokenizer);
    expect(study.transformer.tokens).toBe(demo.transformer.tokens);
    expect(study.dictionaries.vectors).toBe(demo.dictionaries.vectors);
    expect(study.dictionaries.list).toMatchObject(demo.dictionaries.list);
    expect(study.dictionaries.adam).toEqual({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  });

  it('accepts all presets, and its own answer again', () => {
    for (const preset of [demo, small, paper]) {
      const study = checkStudy({ ...preset, ...minimal });
      expect(study.dictionaries.list.map(({ id }) => id)).toEqual(
        expect.arrayContaining(['A/0', 'A/1', 'B/1']),
      );
      expect(checkStudy(study)).toEqual(study);
    }
  });

  it('names the key that an unknown one most likely meant', () => {
    expect(refusal({ ...minimal, transformer: { dmodel: 3 } })).toMatchInlineSnapshot(
      `"config: expected a key of transformer (layers, dModel, heads, dMlp, context, activation, models, tokens, batchContexts, learningRate, warmupFraction, decayFraction, adam, gradientClip, import), got "transformer.dmodel"; did you mean "transformer.dModel"?"`,
    );
    expect(refusal({ ...minimal, dModel: 3 })).toContain('did you mean "transformer.dModel"?');
    expect(refusal({ ...minimal, dictionary: {} })).toContain('did you mean "dictionaries"?');
    expect(
      refusal({
        ...minimal,
        dictionaries: { list: [{ id: 'A/0', expansion: 1, l1coeff: 3, l1Coefficient: 4 }] },
      }),
    ).toContain('got "dictionaries.list.0.l1coeff"; did you mean "dictionaries.list.0.l1Coefficient"?');
  });

  it.each([
    [{ transformer: { layers: 'two' } }, 'config: transformer.layers: expected a number, got "two"'],
    [{ transformer: { layers: 0 } }, 'config: transformer.layers: expected more than 0, got 0'],
    [{ transformer: { dMlp: 1.5 } }, 'config: transformer.dMlp: expected a whole number, got 1.5'],
    [
      { transformer: { activation: 'swish' } },
      'config: transformer.activation: expected "relu" or "gelu" or "gelu_new", got "swish"',
    ],
    [{ transformer: null }, 'config: transformer: expected an object, got null'],
    [{ corpus: {} }, 'config: corpus.path: expected a text, got nothing'],
    [
      { dictionaries: { list: [] } },
      'config: dictionaries.list: expected a dictionary here or in imports, got none',
    ],
    [{ name: '../up' }, 'config: name: expected letters, digits, dots, dashes or underscores, got "../up"'],
    [{ tokenizer: { vocabulary: 256 } }, 'config: tokenizer.vocabulary: expected at least 257, got 256'],
  ])('says what was expected of %j', (part, sentence) => {
    expect(refusal({ ...minimal, ...part })).toBe(sentence);
  });

  it.each([
    [
      { transformer: { dModel: 60, heads: 7 } },
      'config: transformer.heads: expected a divisor of dModel = 60, got 7',
    ],
    [
      { transformer: { warmupFraction: 0.5, decayFraction: 0.6 } },
      'config: transformer.decayFraction: expected at most 1 - warmupFraction = 0.5, got 0.6',
    ],
    [
      { transformer: { context: 16 }, dictionaries: { positionsPerContext: 32 }, analysis: { window: 16 } },
      'config: dictionaries.positionsPerContext: expected at most transformer.context = 16, got 32',
    ],
    [
      { transformer: { context: 64 }, analysis: { window: 65 } },
      'config: analysis.window: expected at most transformer.context = 64, got 65',
    ],
    [
      { transformer: { layers: 1 }, dictionaries: { layer: 1 } },
      'config: dictionaries.layer: expected less than transformer.layers = 1, got 1',
    ],
    [
      { kernels: { 'm64 n64 k64 row column vectors': 'subgroup-broadcast 32x64 left direct right direct' } },
      'config: kernels: expected classes of products as stage.json names them, such as "m64 n64 k32 rows columns vectors bias relu", got "m64 n64 k64 row column vectors"',
    ],
    [
      { dictionaries: { batch: 1024, vectors: 10 } },
      'config: dictionaries.vectors: expected at least one batch = 1024, got 10; raise it, or lower batch',
    ],
    [
      { dictionaries: { batch: 1024, bufferVectors: 1500 } },
      'config: dictionaries.bufferVectors: expected at least two batches = 2048, got 1500; raise it, or lower batch',
    ],
    [
      { dictionaries: { resampling: { atFractions: [0.5, 0.5] } } },
      'config: dictionaries.resampling.atFractions: expected ascending numbers, got 0.5, 0.5',
    ],
    [
      { dictionaries: { list: [{ id: 'C/1', expansion: 1, l1Coefficient: 1 }] } },
      'config: dictionaries.list.0.id: expected a model of transformer.models (A, B), got C/1',
    ],
    [
      {
        transformer: { dMlp: 256 },
        dictionaries: { list: [{ id: 'A/1', expansion: 0.3, l1Coefficient: 1 }] },
      },
      'config: dictionaries.list.0.expansion: expected a whole number of features, got 0.3 times transformer.dMlp = 256',
    ],
    [
      dictionaryOf({ architecture: 'topk', expansion: 0.01, k: 8 }),
      'config: dictionaries.list.0.expansion: expected a whole number of features, got 0.01 times transformer.dMlp = 256',
    ],
    [
      { transformer: { tokens: 1000, context: 64, batchContexts: 16 } },
      'config: transformer.tokens: expected at least one step = batchContexts · context = 1024, got 1000; raise it, or lower batchContexts',
    ],
    [{ transformer: { tokens: Infinity } }, 'config: transformer.tokens: expected a number, got Infinity'],
    [
      { analysis: { domains: [{ name: 'Klingon', scripts: ['Klingon'] }] } },
      'config: analysis.domains.0.scripts.0: expected the name of a Unicode script, as Arabic, got "Klingon"',
    ],
    [
      dictionaryOf({ architecture: 'topk', l1Coefficient: 5, k: 8 }),
      'config: dictionaries.list.0.l1Coefficient: expected it only for paper, april-2024, gated, got it for topk; take it out',
    ],
    [
      dictionaryOf({ architecture: 'gated' }),
      'config: dictionaries.list.0.l1Coefficient: expected either l1Coefficient or targetL0 for gated, got neither',
    ],
    [
      dictionaryOf({ architecture: 'jumprelu', l0Coefficient: 1, targetL0: 8 }),
      'config: dictionaries.list.0.l0Coefficient: expected either l0Coefficient or targetL0 for jumprelu, got both',
    ],
    [
      dictionaryOf({ architecture: 'jumprelu' }),
      'config: dictionaries.list.0.l0Coefficient: expected either l0Coefficient or targetL0 for jumprelu, got neither',
    ],
    [
      dictionaryOf({ architecture: 'gated', l1Coefficient: 1, targetL0: 8 }),
      'config: dictionaries.list.0.l1Coefficient: expected either l1Coefficient or targetL0 for gated, got both',
    ],
    [
      dictionaryOf({ architecture: 'batchtopk' }),
      'config: dictionaries.list.0.k: expected a number of active features for batchtopk, got nothing',
    ],
    [
      dictionaryOf({ architecture: 'topk', k: 257 }),
      'config: dictionaries.list.0.k: expected at most all 256 features, got 257',
    ],
    [
      dictionaryOf({ architecture: 'april-2024', l1Coefficient: 5, directions: 'inputs' }),
      'config: dictionaries.list.0.directions: expected random for april-2024, got inputs',
    ],
    [
      dictionaryOf({ architecture: 'matryoshka', k: 8, prefixFractions: [0.5, 0.25, 1] }),
      'config: dictionaries.list.0.prefixFractions: expected ascending numbers, the last 1, got 0.5, 0.25, 1',
    ],
    [
      dictionaryOf({ architecture: 'april-2024', l1Coefficient: 5, resample: true }),
      'config: dictionaries.list.0.resample: expected it only for paper, got it for april-2024; take it out',
    ],
    [
      {
        analysis: {
          domains: [
            { name: 'x', corpusDomains: ['a'] },
            { name: 'x', corpusDomains: ['b'] },
          ],
        },
      },
      'config: analysis.domains: expected different names, got x twice',
    ],
  ])('checks keys against each other: %j', (part, sentence) => {
    expect(refusal({ ...minimal, ...part })).toBe(sentence);
  });

  it('reports every fault, a line each', () => {
    expect(refusal({ ...minimal, sed: 1, transformer: { layers: -1 } }).split('\n')).toHaveLength(2);
  });
});

describe('what a context bounds', () => {
  const bounded = (part: object) => {
    const { dictionaries, analysis } = checkStudy({ ...minimal, ...part });
    return [dictionaries.positionsPerContext, analysis.window];
  };

  it('is, where nothing is said, no more than the context has', () => {
    expect(bounded({})).toEqual([32, 32]);
    expect(bounded({ transformer: { context: 33 } })).toEqual([32, 32]);
    expect(bounded({ transformer: { context: 13 } })).toEqual([13, 13]);
  });

  it('is what is said', () => {
    const part = { dictionaries: { positionsPerContext: 5 }, analysis: { window: 7 } };
    expect(bounded({ transformer: { context: 13 }, ...part })).toEqual([5, 7]);
  });
});

describe('the schema', () => {
  it('says of every number the default that it has', () => {
    const study = checkStudy(minimal);
    for (const [path, description] of leaves(studySchema)) {
      const value = path
        .slice(1)
        .split('.')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], study);
      const said = /default ([\d.,e-]+)$/.exec(description ?? '')?.[1];
      if (typeof value === 'number') expect([path, Number(said?.replaceAll(',', ''))]).toEqual([path, value]);
    }
  });

  it('describes every key, with its default or the word that there is none', () => {
    const bare = leaves(studySchema).filter(([, description]) => !/default/.test(description ?? ''));
    expect(bare).toEqual([]);
  });
});

/** Keys that hold no keys themselves, with their descriptions. */
function leaves(schema: z.core.$ZodType, path = ''): [string, string | undefined][] {
  let inner = schema;
  while (inner instanceof z.core.$ZodDefault || inner instanceof z.core.$ZodPrefault)
    inner = inner._zod.def.innerType;
  if (inner instanceof z.core.$ZodObject)
    return Object.entries(inner._zod.def.shape).flatMap(([key, value]) => leaves(value, `${path}.${key}`));
  const below = inner instanceof z.core.$ZodArray ? leaves(inner._zod.def.element, `${path}.*`) : [];
  return [[path, (schema as z.ZodType).description], ...below.filter(([name]) => !name.endsWith('.*'))];
}
