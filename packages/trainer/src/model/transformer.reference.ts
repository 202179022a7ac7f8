/** The forward pass in float64 on plain arrays, block by block, with the activations of every site. */
import type { SiteName } from '../config/sites.ts';
import type { TransformerConfig } from './parameters.ts';
import type { Site } from './sites.ts';

/** Rows of numbers. */
type Matrix = readonly Float64Array[];

export interface ReferencePass {
  /** (N,A) by site and layer. */
  readonly at: (site: Site) => Matrix;
  /** (N,V) */
  readonly logits: Matrix;
}

/**
 * @param weights row-major, by the names of parameterShapes
 * @param tokens whole sequences of `context` tokens, one after another
 * @param replace may put other activations in the place of a site's
 */
export function referencePass(
  config: TransformerConfig,
  weights: (name: string) => ArrayLike<number>,
  tokens: ArrayLike<number>,
  context: number,
  replace: (site: Site, activations: Matrix) => Matrix = (_, activations) => activations,
): ReferencePass {
  const { dModel: D, heads, layerNormEpsilon } = config;
  const taken = new Map<string, Matrix>();
  const visit = (name: SiteName, layer: number, activations: Matrix): Matrix => {
    const kept = replace({ name, layer }, activations);
    taken.set(`${name} ${layer}`, kept);
    return kept;
  };
  const layernorm = (x: Matrix, name: string): Matrix => {
    const [gain, bias] = [weights(`${name}.weight`), weights(`${name}.bias`)];
    return x.map((row) => {
      const mean = row.reduce((sum, value) => sum + value, 0) / D;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / D;
      return row.map(
        (value, d) => ((value - mean) / Math.sqrt(variance + layerNormEpsilon)) * gain[d]! + bias[d]!,
      );
    });
  };
  const linear = (x: Matrix, name: string): Matrix => {
    const [w, b] = [weights(`${name}.weight`), weights(`${name}.bias`)];
    return x.map((row) =>
      Float64Array.from(b, (bias, n) =>
        row.reduce((sum, value, k) => sum + value * w[k * b.length + n]!, bias),
      ),
    );
  };
  const add = (a: Matrix, b: Matrix): Matrix => a.map((row, n) => row.map((value, d) => value + b[n]![d]!));

  const [wte, wpe] = [weights('transformer.wte.weight'), weights('transformer.wpe.weight')];
  let x: Matrix = Array.from(tokens, (token, n) =>
    Float64Array.from({ length: D }, (_, d) => wte[token * D + d]! + wpe[(n % context) * D + d]!),
  );
  for (let layer = 0; layer < config.layers; layer++) {
    const block = `transformer.h.${layer}`;
    x = visit('residual-pre', layer, x);
    const attended = attention(linear(layernorm(x, `${block}.ln_1`), `${block}.attn.c_attn`), heads, context);
    const mid = visit('residual-mid', layer, add(x, linear(attended, `${block}.attn.c_proj`)));
    const pre = linear(layernorm(mid, `${block}.ln_2`), `${block}.mlp.c_fc`);
    const hidden = pre.map((row) => row.map((value) => ACTIVATION[config.activation](value)));
    const output = linear(visit('mlp-activations', layer, hidden), `${block}.mlp.c_proj`);
    x = visit('residual-post', layer, add(mid, visit('mlp-output', layer, output)));
  }
  const unembedding = config.tied ? wte : weights('lm_head.weight');
  const logits = layernorm(x, 'transformer.ln_f').map((row) =>
    Float64Array.from({ length: config.vocabulary }, (_, v) =>
      row.reduce((sum, value, d) => sum + value * unembedding[v * D + d]!, 0),
    ),
  );
  return { at: ({ name, layer }) => taken.get(`${name} ${layer}`)!, logits };
}

function attention(qkv: Matrix, heads: number, context: number): Matrix {
  const D = qkv[0]!.length / 3;
  const width = D / heads;
  return qkv.map((row, n) => {
    const first = n - (n % context);
    const out = new Float64Array(D);
    for (let head = 0; head < heads; head++) {
      const place = (part: number, k: number): number => part * D + head * width + k;
      const scores = qkv.slice(first, n + 1).map((other) => {
        let dot = 0;
        for (let k = 0; k < width; k++) dot += row[place(0, k)]! * other[place(1, k)]!;
        return dot / Math.sqrt(width);
      });
      const largest = Math.max(...scores);
      const powers = scores.map((score) => Math.exp(score - largest));
      const total = powers.reduce((sum, power) => sum + power, 0);
      powers.forEach((power, t) => {
        for (let k = 0; k < width; k++)
          out[head * width + k]! += (power / total) * qkv[first + t]![place(2, k)]!;
      });
    }
    return out;
  });
}

const ACTIVATION: Readonly<Record<TransformerConfig['activation'], (x: number) => number>> = {
  relu: (x) => Math.max(x, 0),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  gelu_new: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
};

/** By its Taylor series where that converges quickly; 1 in float64 beyond. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum) && n < 200; n++) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
