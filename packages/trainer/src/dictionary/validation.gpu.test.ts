import { openDevice, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivationModel } from '../activations/open-activations.ts';
import { evaluateLoss } from '../model/evaluation.ts';
import { initialValues } from '../model/initialise.ts';
import type { TransformerConfig } from '../model/parameters.ts';
import { siteWidth, type Site } from '../model/sites.ts';
import { uploadParameters } from '../model/training-program.ts';
import { Contexts } from '../tokens/contexts.ts';
import { SpacedContexts } from '../tokens/spaced-contexts.ts';
import { uniforms } from '../random/seeded.ts';
import { uploadDictionary, type Dictionary } from './dictionary.ts';
import { Validation } from './validation.ts';

const T = 6;
const V = 11;
const CONTEXTS = 16;
const config: TransformerConfig = {
  layers: 2,
  dModel: 8,
  heads: 2,
  dMlp: 12,
  context: T,
  vocabulary: V,
  activation: 'gelu',
  layerNormEpsilon: 1e-5,
  tied: false,
};
const SITES: Site[] = [
  { name: 'mlp-activations', layer: 0 },
  { name: 'residual-mid', layer: 1 },
];

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

function modelAt(site: Site): ActivationModel {
  const uniform = uniforms(2);
  const tokens = Uint32Array.from({ length: CONTEXTS * T + 1 }, () => Math.floor(uniform() * V));
  const source = {
    length: tokens.length,
    read: (start: number, count: number) => tokens.slice(start, start + count),
  };
  const parameters = uploadParameters(gpu, config, initialValues(config, 1));
  return { config, parameters, site, contexts: new Contexts(source, T, 'text') };
}

/** A dictionary that takes x apart into its positive and its negative numbers, and puts `share` of them together again. */
function halves(width: number, share: number): Dictionary {
  const [encoder, decoder] = [1, share].map((size) =>
    Float32Array.from({ length: 2 * width * width }, (_, i) => {
      const [row, column] = [Math.floor(i / width), i % width];
      return row % width === column ? (row < width ? size : -size) : 0;
    }),
  );
  const values = {
    encoder: encoder!,
    decoder: decoder!,
    decoderBias: new Float32Array(width),
    vectors: { encoderBias: new Float32Array(2 * width) },
  };
  const shape = { width, features: 2 * width, preEncoderBias: true };
  return { ...uploadDictionary(gpu, 'halves', shape, values), rule: { kind: 'standard' } };
}

describe.each(SITES)('on held-out text, at $name of layer $layer', (site) => {
  const width = siteWidth(config, site);
  const options = { tokens: CONTEXTS * T, scale: 1.7, widest: 2 * width };

  it('a perfect reconstruction recovers all of the loss, and one of zeros nothing', async () => {
    const model = modelAt(site);
    const validation = await Validation.open(gpu, model, options);
    const perfect = await validation.measure('perfect', halves(width, 1), 7);
    expect(perfect).toMatchObject({ step: 7, tokens: CONTEXTS * T });
    const { contexts, parameters } = model;
    const { loss } = await evaluateLoss(
      gpu,
      config,
      parameters,
      new SpacedContexts(contexts, CONTEXTS * T),
      new AbortController().signal,
    );
    // Sums of a few hundred float32 numbers of size 1, in other orders.
    expect(perfect.originalLoss).toBeCloseTo(loss, 4);
    expect(perfect.reconstructedLoss).toBeCloseTo(loss, 4);
    expect(perfect.explainedVariance).toBeCloseTo(1, 5);
    // Every number of x is positive or negative.
    expect(perfect.l0).toBeCloseTo(width, 4);
    const nothing = await validation.measure('nothing', halves(width, 0), 8);
    expect(nothing.reconstructedLoss).toBeCloseTo(nothing.zeroAblatedLoss, 5);
    expect(nothing.originalLoss).toBe(perfect.originalLoss);
    for (const [measured, recovered] of [
      [perfect, 1],
      [nothing, 0],
    ] as const) {
      const gained = measured.zeroAblatedLoss - measured.originalLoss;
      if (gained > 0) expect(measured.lossRecovered! * gained).toBeCloseTo(recovered * gained, 4);
      else expect(measured.lossRecovered).toBeNull();
    }
    validation.close();
  });

  it('in several passes is as in one', async () => {
    const model = modelAt(site);
    const one = await Validation.open(gpu, model, options);
    // So wide a dictionary leaves a pass no more than two contexts.
    const several = await Validation.open(gpu, model, { ...options, widest: 2 ** 24 / (2 * T) });
    const dictionary = halves(width, 0.5);
    const [a, b] = [await one.measure('half', dictionary, 1), await several.measure('half', dictionary, 1)];
    expect(b.tokens).toBe(a.tokens);
    expect(b.l0).toBeCloseTo(a.l0, 4);
    expect(b.explainedVariance).toBeCloseTo(a.explainedVariance!, 5);
    expect(b.reconstructedLoss).toBeCloseTo(a.reconstructedLoss, 5);
    for (const validation of [one, several]) validation.close();
  });
});
