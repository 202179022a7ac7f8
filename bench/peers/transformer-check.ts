import type { Check } from './check.ts';
import type { Samples } from './library.ts';
import type { Problem } from './problem.ts';
import { ADAM, LAYERNORM_EPSILON } from './training.ts';
import { parametersOf, tokensOf } from './transformer.ts';

type Values = ReadonlyMap<string, Float64Array>;

/** Step of the central difference: its own error is its square, and float64 leaves 1e-16 / 1e-4 of rounding. */
const EPSILON = 1e-4;

/**
 * The loss in float64, and all gradients at once: moving every tensor by its gradient's direction, g / |g|, the
 * float64 loss must rise by Σ |g|. Then libraries must agree on every gradient, element by element.
 */
export function checkTransformer(problem: Problem): Check {
  const parameters = parametersOf(problem);
  const values = new Map(parameters.map(({ name, values: all }) => [name, Float64Array.from(all)]));
  const loss = transformerLoss(problem, values);
  let first: Of | null = null;
  return {
    wanted: Object.fromEntries([
      ['loss', 'all'],
      ...parameters.map(({ name }) => [`moment ${name}`, 'all'] as const),
    ]),
    verify: (library, samples) => {
      const got = samples['loss']![0]!;
      if (!(Math.abs(got - loss) < 1e-4))
        throw new Error(`${library}: expected a loss of ${loss}, got ${got}`);
      if (first === null) assertSlope(problem, values, { library, samples });
      first ??= { library, samples };
      for (const { name } of parameters) assertSame(`moment ${name}`, first, { library, samples });
    },
  };
}

function assertSlope(problem: Problem, values: Values, { library, samples }: Of): void {
  let rise = 0;
  const directions = new Map<string, Float64Array>();
  for (const name of values.keys()) {
    const gradient = Float64Array.from(samples[`moment ${name}`]!, (m) => m / (1 - ADAM.beta1));
    const size = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    directions.set(
      name,
      gradient.map((g) => g / size),
    );
    rise += size;
  }
  const lossAt = (by: number): number =>
    transformerLoss(
      problem,
      new Map(
        [...values].map(([name, all]) => [name, all.map((x, i) => x + by * directions.get(name)![i]!)]),
      ),
    );
  const slope = (lossAt(EPSILON) - lossAt(-EPSILON)) / (2 * EPSILON);
  if (!(Math.abs(slope - rise) < 1e-3 * rise))
    throw new Error(`${library}: expected a slope of ${rise} along the gradients, got ${slope}`);
}

type Of = { readonly library: string; readonly samples: Samples };

function assertSame(name: string, one: Of, other: Of): void {
  const [a, b] = [one.samples[name]!, other.samples[name]!];
  const size = Math.sqrt(a.reduce((sum, value) => sum + value ** 2, 0) / a.length);
  const differs = a.findIndex((value, i) => !(Math.abs(value - b[i]!) <= 1e-3 * size + 1e-9));
  if (differs >= 0)
    throw new Error(
      `${name} at ${differs}: ${one.library} has ${a[differs]}, ${other.library} has ${b[differs]}`,
    );
}

function transformerLoss(problem: Problem, p: Values): number {
  const [batch, context, width, heads, hidden, vocabulary] = problem.sizes as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const rows = batch * context;
  const headWidth = width / heads;
  const { inputs, targets } = tokensOf(problem);
  const block = (name: string): Float64Array => p.get(`transformer.h.0.${name}`)!;
  const linear = (x: Float64Array, from: number, to: number, name: string): Float64Array => {
    const [w, bias] = [block(`${name}.weight`), block(`${name}.bias`)];
    const y = new Float64Array(rows * to);
    for (let n = 0; n < rows; n++) {
      const out = y.subarray(n * to, (n + 1) * to);
      out.set(bias);
      for (let i = 0; i < from; i++) {
        const value = x[n * from + i]!;
        if (value !== 0) for (let j = 0; j < to; j++) out[j]! += value * w[i * to + j]!;
      }
    }
    return y;
  };
  const layernorm = (x: Float64Array, name: string): Float64Array => {
    const [gain, bias] = [p.get(`${name}.weight`)!, p.get(`${name}.bias`)!];
    const y = new Float64Array(x.length);
    for (let start = 0; start < x.length; start += width) {
      const row = x.subarray(start, start + width);
      const mean = row.reduce((sum, value) => sum + value, 0) / width;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
      row.forEach((value, i) => {
        y[start + i] = ((value - mean) / Math.sqrt(variance + LAYERNORM_EPSILON)) * gain[i]! + bias[i]!;
      });
    }
    return y;
  };
  const plus = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value + b[i]!);

  const [wte, wpe] = [p.get('transformer.wte.weight')!, p.get('transformer.wpe.weight')!];
  let x: Float64Array = new Float64Array(rows * width);
  for (let n = 0; n < rows; n++)
    for (let i = 0; i < width; i++)
      x[n * width + i] = wte[inputs[n]! * width + i]! + wpe[(n % context) * width + i]!;

  const qkv = linear(layernorm(x, 'transformer.h.0.ln_1'), width, 3 * width, 'attn.c_attn');
  const attended = new Float64Array(rows * width);
  for (let n = 0; n < rows; n++) {
    for (let head = 0; head < heads; head++) {
      const at = (part: number, row: number): number => (row * 3 + part) * width + head * headWidth;
      const start = n - (n % context);
      const scores = Float64Array.from({ length: (n % context) + 1 }, (_, key) => {
        let score = 0;
        for (let i = 0; i < headWidth; i++) score += qkv[at(0, n) + i]! * qkv[at(1, start + key) + i]!;
        return score / Math.sqrt(headWidth);
      });
      const top = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - top));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      weights.forEach((weight, key) => {
        for (let i = 0; i < headWidth; i++)
          attended[n * width + head * headWidth + i]! += (weight / total) * qkv[at(2, start + key) + i]!;
      });
    }
  }
  x = plus(x, linear(attended, width, width, 'attn.c_proj'));
  const activations = linear(layernorm(x, 'transformer.h.0.ln_2'), width, hidden, 'mlp.c_fc');
  x = plus(
    x,
    linear(
      activations.map((value) => Math.max(value, 0)),
      hidden,
      width,
      'mlp.c_proj',
    ),
  );
  const normalised = layernorm(x, 'transformer.ln_f');
  const unembedding = p.get('lm_head.weight')!;
  let loss = 0;
  const logits = new Float64Array(vocabulary);
  for (let n = 0; n < rows; n++) {
    for (let v = 0; v < vocabulary; v++) {
      let logit = 0;
      for (let i = 0; i < width; i++) logit += normalised[n * width + i]! * unembedding[v * width + i]!;
      logits[v] = logit;
    }
    const top = Math.max(...logits);
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0);
    loss += (top + Math.log(total) - logits[targets[n]!]!) / rows;
  }
  return loss;
}
