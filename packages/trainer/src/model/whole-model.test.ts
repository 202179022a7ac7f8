import { checkGradient, Sums } from '@monosema/engine/testing';
import { expect, test } from 'vitest';
import { normals, uniforms } from '../random/seeded.ts';
import { parameterShapes, type TransformerConfig } from './parameters.ts';
import { referenceLoss, splitSequences, type ReferenceBatch } from './testing/reference-loss.ts';
import { ReferenceProgram } from './testing/reference-program.ts';
import { referencePass } from './transformer.reference.ts';

const CONFIG: TransformerConfig = {
  layers: 2,
  dModel: 4,
  heads: 2,
  dMlp: 6,
  context: 3,
  vocabulary: 5,
  activation: 'relu',
  layerNormEpsilon: 1e-5,
  tied: false,
};
const CONFIGS = [
  CONFIG,
  { ...CONFIG, activation: 'gelu' as const, tied: true },
  { ...CONFIG, activation: 'gelu_new' as const },
];

function drawn(config: TransformerConfig): { parameters: Map<string, Float64Array>; batch: ReferenceBatch } {
  const normal = normals(1);
  const uniform = uniforms(2);
  const parameters = [...parameterShapes(config)].map(
    ([name, shape]) =>
      [name, Float64Array.from({ length: shape.reduce((a, b) => a * b) }, () => 0.5 * normal())] as const,
  );
  const tokens = Uint32Array.from({ length: 2 * (config.context + 1) }, () =>
    Math.floor(uniform() * config.vocabulary),
  );
  return { parameters: new Map(parameters), batch: splitSequences(tokens, config.context) };
}

test.each(CONFIGS)(
  'the gradient of a whole $activation transformer agrees with central differences',
  (config) => {
    const { parameters, batch } = drawn(config);
    const names = [...parameters.keys()];
    const at = (values: Readonly<Record<string, Float64Array>>) => new Map(Object.entries(values));
    const run = (values: Readonly<Record<string, Float64Array>>) => {
      const p = new ReferenceProgram();
      const moved = at(values);
      return { p, moved, loss: referenceLoss(p, config, moved, batch).loss };
    };
    checkGradient(
      {
        forward(values) {
          const loss = new Sums(1);
          loss.add(0, run(values).loss[0]!);
          return loss;
        },
        backward(values, [seed]) {
          const { p, moved, loss } = run(values);
          const gradients = p.gradients(loss);
          const scaled = (name: string): Float64Array =>
            gradients.get(moved.get(name)!)!.map((value) => seed! * value);
          return Object.fromEntries(
            names.map((name) => [name, { values: scaled(name), terms: scaled(name) }]),
          );
        },
      },
      Object.fromEntries(
        [...parameterShapes(config)].map(([name, shape]) => [name, { shape, values: parameters.get(name)! }]),
      ),
    );
  },
);

test.each(CONFIGS)(
  'the logits of a $activation transformer are those of its layers, written row by row',
  (config) => {
    const { parameters, batch } = drawn(config);
    const { logits } = referenceLoss(new ReferenceProgram(), config, parameters, batch);
    const pass = referencePass(config, (name) => parameters.get(name)!, batch.tokens, config.context);
    pass.logits.flatMap((row) => [...row]).forEach((logit, i) => expect(logits[i]).toBeCloseTo(logit, 12));
  },
);
