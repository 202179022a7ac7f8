import { expect, it } from 'vitest';
import { initialValues } from './initialise.ts';
import { parameterShapes, type TransformerConfig } from './parameters.ts';

const config: TransformerConfig = {
  layers: 2,
  dModel: 32,
  heads: 4,
  dMlp: 64,
  context: 40,
  vocabulary: 100,
  activation: 'relu',
  layerNormEpsilon: 1e-5,
  tied: false,
};
const names = [...parameterShapes(config).keys()];

it('starts LayerNorm as the identity and every bias at 0', () => {
  const values = initialValues(config, 7);
  for (const name of names.filter((name) => /\.ln_\w\.weight$/.test(name)))
    expect(values(name)).toEqual(new Float32Array(32).fill(1));
  for (const name of names.filter((name) => name.endsWith('.bias')))
    expect(values(name).every((value) => value === 0)).toBe(true);
  expect(names.filter((name) => /\.ln_\w\.weight$/.test(name)).length).toBe(5);
});

it.each([
  ['transformer.wte.weight', 0.1],
  ['transformer.wpe.weight', 0.1],
  ['transformer.h.0.attn.c_attn.weight', 0.05],
  ['transformer.h.1.mlp.c_fc.weight', 0.05],
  ['transformer.h.1.attn.c_proj.weight', 0.05],
  ['transformer.h.0.mlp.c_proj.weight', 0.05],
  ['lm_head.weight', 0.02],
])('draws %s from a normal distribution of deviation %d', (name, deviation) => {
  const values = [...initialValues(config, 7)(name)].map((value) => value / deviation);
  const mean = (of: (value: number) => number): number =>
    values.reduce((sum, value) => sum + of(value), 0) / values.length;
  // Four standard errors of the first, second and fourth moments of a normal sample.
  const error = 4 / Math.sqrt(values.length);
  expect(Math.abs(mean((value) => value))).toBeLessThan(error);
  expect(Math.abs(mean((value) => value ** 2) - 1)).toBeLessThan(error * Math.sqrt(2));
  expect(Math.abs(mean((value) => value ** 4) - 3)).toBeLessThan(error * Math.sqrt(96));
});

it('is decided by the seed and the name of a parameter', () => {
  const name = 'transformer.h.0.mlp.c_fc.weight';
  expect(initialValues(config, 1)(name)).toEqual(initialValues(config, 1)(name));
  expect(initialValues(config, 2)(name)).not.toEqual(initialValues(config, 1)(name));
  expect(initialValues(config, 1)('transformer.h.1.mlp.c_fc.weight')).not.toEqual(
    initialValues(config, 1)(name),
  );
});
