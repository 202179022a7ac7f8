import { seededRandom } from '@monosema/engine/testing';
import { initialValues } from '../../packages/trainer/src/model/initialise.ts';
import { parameterShapes, type TransformerConfig } from '../../packages/trainer/src/model/parameters.ts';
import type { Problem } from './problem.ts';
import { LAYERNORM_EPSILON } from './training.ts';

/** The transformer of a problem `transformer:BxTxDxHxMxV`: one layer, ReLU, untied, GPT-2's layout. */
export function transformerConfig({ sizes }: Problem): TransformerConfig {
  const [, context, dModel, heads, dMlp, vocabulary] = sizes as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    layers: 1,
    dModel,
    heads,
    dMlp,
    context,
    vocabulary,
    activation: 'relu',
    layerNormEpsilon: LAYERNORM_EPSILON,
    tied: false,
  };
}

/** B sequences of T+1 tokens drawn uniformly: the first T are inputs, the last T targets. */
export function tokensOf({ sizes }: Problem): {
  readonly sequences: Uint32Array;
  readonly inputs: Uint32Array;
  readonly targets: Uint32Array;
} {
  const [batch, context, , , , vocabulary] = sizes as [number, number, number, number, number, number];
  const { below } = seededRandom(2);
  const sequences = Uint32Array.from({ length: batch * (context + 1) }, () => below(vocabulary));
  const part = (from: number): Uint32Array =>
    Uint32Array.from(
      { length: batch * context },
      (_, i) => sequences[Math.floor(i / context) * (context + 1) + (i % context) + from]!,
    );
  return { sequences, inputs: part(0), targets: part(1) };
}

export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Initial parameters by their Hugging Face names, in the order that samples go by. */
export function parametersOf(problem: Problem): Parameter[] {
  const config = transformerConfig(problem);
  const values = initialValues(config, 1);
  return [...parameterShapes(config)].map(([name, shape]) => ({ name, shape, values: values(name) }));
}
