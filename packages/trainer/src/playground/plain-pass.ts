import type { SiteName } from '../config/sites.ts';
import type { TransformerConfig } from '../model/parameters.ts';
import { siteWidth, type Site } from '../model/sites.ts';
import { dot } from './plain-dictionary.ts';

/** A model's weights in memory, by the names of parameterShapes. */
export interface PlainModel {
  readonly config: TransformerConfig;
  readonly site: Site;
  readonly weights: (name: string) => Float32Array;
}

/**
 * The forward pass of one sequence in float64 on plain arrays, a token at a time: what later tokens attend to is kept,
 * so each costs no more than itself.
 */
export class PlainPass {
  /** Tokens so far. */
  length = 0;
  readonly #model: PlainModel;
  readonly #change: ((x: Float64Array) => void) | null;
  /** (T,D) by layer. */
  readonly #keys: readonly Float64Array[];
  readonly #values: readonly Float64Array[];
  /** (T,A) at the site, as the model has them, and (T,D) the stream after the last block. */
  readonly #activations: Float64Array;
  readonly #residual: Float64Array;

  /** @param change alters the activations at the site of each token before the model goes on with them */
  constructor(model: PlainModel, change: ((x: Float64Array) => void) | null = null) {
    const { config, site } = model;
    this.#model = model;
    this.#change = change;
    const rows = (width: number): Float64Array => new Float64Array(config.context * width);
    this.#keys = Array.from({ length: config.layers }, () => rows(config.dModel));
    this.#values = Array.from({ length: config.layers }, () => rows(config.dModel));
    this.#activations = rows(siteWidth(config, site));
    this.#residual = rows(config.dModel);
  }

  /** (A) what the model had at the site of a token. */
  activationsAt(position: number): Float64Array {
    const width = siteWidth(this.#model.config, this.#model.site);
    return this.#activations.subarray(position * width, (position + 1) * width);
  }

  /** Adds a token; there may be T of them. */
  append(token: number): void {
    const { config, weights } = this.#model;
    const { dModel: D, layers } = config;
    const position = this.length++;
    const [tokens, positions] = [weights('transformer.wte.weight'), weights('transformer.wpe.weight')];
    const x = Float64Array.from(
      { length: D },
      (_, d) => tokens[token * D + d]! + positions[position * D + d]!,
    );
    for (let layer = 0; layer < layers; layer++) this.#block(x, layer, position);
    this.#residual.set(x, position * D);
  }

  /** Logits (V) of the token after one. */
  logits(position: number): Float32Array {
    const { config, weights } = this.#model;
    const { dModel: D, vocabulary } = config;
    const row = this.#residual.subarray(position * D, (position + 1) * D);
    const x = this.#layernorm(row, 'transformer.ln_f');
    const table = weights(config.tied ? 'transformer.wte.weight' : 'lm_head.weight');
    return Float32Array.from({ length: vocabulary }, (_, v) => dot(table, v * D, x));
  }

  /** One block, into the stream. */
  #block(x: Float64Array, layer: number, position: number): void {
    const block = `transformer.h.${layer}`;
    const { dModel: D, activation } = this.#model.config;
    const visit = (name: SiteName, at: Float64Array): void => this.#visit(name, layer, position, at);
    visit('residual-pre', x);
    const qkv = this.#linear(this.#layernorm(x, `${block}.ln_1`), `${block}.attn.c_attn`);
    this.#keys[layer]!.set(qkv.subarray(D, 2 * D), position * D);
    this.#values[layer]!.set(qkv.subarray(2 * D), position * D);
    addTo(x, this.#linear(this.#attend(qkv, layer, position), `${block}.attn.c_proj`));
    visit('residual-mid', x);
    const hidden = this.#linear(this.#layernorm(x, `${block}.ln_2`), `${block}.mlp.c_fc`).map(
      ACTIVATION[activation],
    );
    visit('mlp-activations', hidden);
    const output = this.#linear(hidden, `${block}.mlp.c_proj`);
    visit('mlp-output', output);
    addTo(x, output);
    visit('residual-post', x);
  }

  #visit(name: SiteName, layer: number, position: number, x: Float64Array): void {
    const { site } = this.#model;
    if (name !== site.name || layer !== site.layer) return;
    this.#activations.set(x, position * x.length);
    this.#change?.(x);
  }

  /** @param qkv (3D) of the last token, whose keys and values are in their place */
  #attend(qkv: Float64Array, layer: number, position: number): Float64Array {
    const { dModel: D, heads } = this.#model.config;
    const [keys, values] = [this.#keys[layer]!, this.#values[layer]!];
    const width = D / heads;
    const out = new Float64Array(D);
    for (let first = 0; first < D; first += width) {
      const scores = Float64Array.from({ length: position + 1 }, (_, t) => {
        let sum = 0;
        for (let k = first; k < first + width; k++) sum += qkv[k]! * keys[t * D + k]!;
        return sum / Math.sqrt(width);
      });
      const largest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
      const powers = scores.map((score) => Math.exp(score - largest));
      const total = powers.reduce((sum, power) => sum + power, 0);
      for (let t = 0; t <= position; t++)
        for (let k = first; k < first + width; k++) out[k]! += (powers[t]! / total) * values[t * D + k]!;
    }
    return out;
  }

  /** x · W + b, W inputs first. */
  #linear(x: Float64Array, name: string): Float64Array {
    const weights = this.#model.weights(`${name}.weight`);
    const y = Float64Array.from(this.#model.weights(`${name}.bias`));
    const width = y.length;
    for (let i = 0; i < x.length; i++) {
      const value = x[i]!;
      // Half of what comes out of a ReLU.
      if (value === 0) continue;
      for (let n = 0, at = i * width; n < width; n++, at++) y[n]! += value * weights[at]!;
    }
    return y;
  }

  #layernorm(x: Float64Array, name: string): Float64Array {
    const [gain, bias] = [this.#model.weights(`${name}.weight`), this.#model.weights(`${name}.bias`)];
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
    const scale = 1 / Math.sqrt(variance + this.#model.config.layerNormEpsilon);
    return x.map((value, d) => (value - mean) * scale * gain[d]! + bias[d]!);
  }
}

function addTo(x: Float64Array, y: Float64Array): void {
  for (let d = 0; d < x.length; d++) x[d]! += y[d]!;
}

const ACTIVATION: Readonly<Record<TransformerConfig['activation'], (x: number) => number>> = {
  relu: (x) => Math.max(x, 0),
  gelu: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  gelu_new: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
};

/** Abramowitz and Stegun 7.1.26, as in the kernel: absolute error below 1.5e-7. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - p * Math.exp(-x * x));
}
