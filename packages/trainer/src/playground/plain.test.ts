import { describe, expect, test } from 'vitest';
import { SITES } from '../config/sites.ts';
import { VECTORS, type Rule } from '../dictionary/dictionary.ts';
import type { ReadDictionary } from '../dictionary/read-parameters.ts';
import { reconstruct } from '../dictionary/saelens.reference.ts';
import { parameterShapes, type TransformerConfig } from '../model/parameters.ts';
import { siteWidth, type Site } from '../model/sites.ts';
import { referencePass } from '../model/transformer.reference.ts';
import { normals, wordOf } from '../random/seeded.ts';
import { continueTexts } from '../sampling/continue-text.ts';
import { plainComputer } from './plain-computer.ts';
import type { PlainModel } from './plain-pass.ts';

const T = 5;
const TOKENS = [3, 10, 0, 7, 14];
const config = (activation: TransformerConfig['activation']): TransformerConfig => ({
  layers: 2,
  dModel: 12,
  heads: 3,
  dMlp: 20,
  context: T,
  vocabulary: 17,
  activation,
  layerNormEpsilon: 1e-3,
  tied: activation === 'gelu',
});

function modelOf(of: TransformerConfig, site: Site): PlainModel {
  const weights = new Map(
    [...parameterShapes(of)].map(([name, shape]) => {
      const normal = normals(1, wordOf(name));
      const shift = /ln_.\.weight$/.test(name) ? 1 : 0;
      const size = shape.reduce((product, extent) => product * extent, 1);
      return [name, Float32Array.from({ length: size }, () => shift + 0.3 * normal())] as const;
    }),
  );
  return { config: of, site, weights: (name) => weights.get(name)! };
}

function dictionaryOf(rule: Rule, width: number, features = 9): ReadDictionary {
  const normal = normals(wordOf(rule.kind), width);
  const values = (size: number) => Float32Array.from({ length: size }, () => 0.5 * normal());
  const vectors = Object.fromEntries(VECTORS[rule.kind].map((name) => [name, values(features)]));
  return {
    shape: { width, features, preEncoderBias: rule.kind !== 'gated' },
    rule,
    values: {
      encoder: values(features * width),
      decoder: values(features * width),
      decoderBias: values(width),
      vectors: { ...vectors, ...(vectors['threshold'] && { threshold: vectors['threshold'].map(Math.abs) }) },
    },
  };
}

/** Activations of the reference, row by row. */
function referenceActivations({ shape, rule, values }: ReadDictionary, x: readonly Float64Array[]): number[] {
  const { width: A, features: F } = shape;
  const encoder = new Float32Array(A * F);
  for (let f = 0; f < F; f++) for (let a = 0; a < A; a++) encoder[a * F + f] = values.encoder[f * A + a]!;
  const { encoderBias, threshold, gateBias, magnitudeBias, magnitudeLogScale } = values.vectors;
  const stored = {
    W_enc: encoder,
    W_dec: values.decoder,
    b_dec: values.decoderBias,
    b_enc: encoderBias!,
    threshold: threshold!,
    b_gate: gateBias!,
    b_mag: magnitudeBias!,
    r_mag: magnitudeLogScale!,
  };
  const flat = x.flatMap((row) => [...row]);
  return [
    ...reconstruct({ ...shape, rule, rescaled: false, normalisation: 'none' }, stored, flat).activations,
  ];
}

const STANDARD: Rule = { kind: 'standard' };
const never = (): void => {};

describe('plain JavaScript computes what the references define', () => {
  test.each(SITES)('at %s, in the last layer', async (name) => {
    const site = { name, layer: 1 };
    const model = modelOf(config('gelu_new'), site);
    const dictionary = dictionaryOf(STANDARD, siteWidth(model.config, site));
    const computer = plainComputer(model, dictionary);
    const pass = referencePass(model.config, model.weights, TOKENS, T);
    const found = await computer.activations(TOKENS, never);
    const expected = referenceActivations(dictionary, pass.at(site));
    // What is handed over is float32.
    found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
    expect(found.some((value) => value > 0)).toBe(true);
  });

  test.each<Rule>([{ kind: 'topk', k: 3 }, { kind: 'jumprelu' }, { kind: 'gated' }])(
    'by the rule $kind',
    async (rule) => {
      const site: Site = { name: 'mlp-activations', layer: 0 };
      const model = modelOf(config('relu'), site);
      const dictionary = dictionaryOf(rule, model.config.dMlp);
      const found = await plainComputer(model, dictionary).activations(TOKENS, never);
      const pass = referencePass(model.config, model.weights, TOKENS, T);
      const expected = referenceActivations(dictionary, pass.at(site));
      found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
      expect(found.some((value) => value > 0)).toBe(true);
    },
  );

  test.each(['relu', 'gelu', 'gelu_new'] as const)(
    'predicts with features held, for a model of %s',
    async (activation) => {
      const site: Site = { name: 'mlp-activations', layer: 0 };
      const model = modelOf(config(activation), site);
      const dictionary = dictionaryOf(STANDARD, model.config.dMlp);
      const { width } = dictionary.shape;
      const held = new Map([
        [4, 2.5],
        [1, 0],
      ]);
      const steered = await plainComputer(model, dictionary).steered([...held.keys()], 2, never);
      const pins = [...held.values()].map((value, place) => ({ dictionary: 0, place, value }));
      const [plain, changed] = await steered.predict([
        { tokens: TOKENS, pins: [], after: [4] },
        { tokens: TOKENS, pins, after: [4] },
      ]);
      const hold = (at: Site, x: readonly Float64Array[]): readonly Float64Array[] =>
        at.name !== site.name || at.layer !== site.layer
          ? x
          : x.map((row) => {
              const f = referenceActivations(dictionary, [row]);
              return row.map((value, a) => {
                let sum = value;
                for (const [feature, pin] of held)
                  sum += (pin - f[feature]!) * dictionary.values.decoder[feature * width + a]!;
                return sum;
              });
            });
      const reference = referencePass(model.config, model.weights, TOKENS, T);
      const withHeld = referencePass(model.config, model.weights, TOKENS, T, hold);
      plain!.forEach((value, v) => expect(value).toBeCloseTo(reference.logits[4]![v]!, 4));
      changed!.forEach((value, v) => expect(value).toBeCloseTo(withHeld.logits[4]![v]!, 4));
      expect(changed).not.toEqual(plain);
    },
  );
});

test('a text that outgrows the context goes on as from its last tokens, and can be stopped', async () => {
  const site: Site = { name: 'residual-post', layer: 0 };
  const model = modelOf(config('relu'), site);
  const computer = plainComputer(model, dictionaryOf(STANDARD, model.config.dModel));
  const steered = await computer.steered([], 1, never);
  const beginning = { tokens: [3, 10], pins: [], seed: 7 };
  const heard: number[] = [];
  const [text] = await continueTexts(steered, [beginning], 9, never, (_, token) => heard.push(token));
  expect(heard).toEqual(text);
  // Nothing is known of the last tokens by a model that has seen no others.
  const fresh = await computer.steered([], 1, never);
  const last = [...beginning.tokens, ...text!].slice(-T);
  const predictions = [fresh, steered].map((each) =>
    each.predict([{ tokens: last, pins: [], after: [T - 1] }]),
  );
  const [a, b] = await Promise.all(predictions);
  expect(a).toEqual(b);
  const stopped = computer.activations(TOKENS, () => {
    throw new Error('stopped');
  });
  await expect(stopped).rejects.toThrow('stopped');
});
