import type { Gpu } from '@monosema/engine';
import { uploadDictionary } from '../../dictionary/dictionary.ts';
import type { LoadedDictionary } from '../../dictionary/dictionary-folder.ts';
import type { SiteName } from '../../config/sites.ts';
import type { TransformerConfig } from '../../model/parameters.ts';
import { uploadParameters } from '../../model/training-program.ts';
import { normals, wordOf } from '../../random/seeded.ts';
import type { AnalysedModel } from '../analysed-model.ts';

/** A model of random weights, large enough that every part of it matters to its predictions. */
export function plantedModel(
  gpu: Gpu,
  letter: string,
  options: Partial<TransformerConfig> & {
    readonly vocabulary: number;
    readonly layer?: number;
    readonly site?: SiteName;
  },
): AnalysedModel {
  const { layer = 0, site = 'mlp-activations', ...rest } = options;
  const config: TransformerConfig = {
    layers: 1,
    dModel: 16,
    heads: 2,
    dMlp: 24,
    context: 8,
    activation: 'relu',
    layerNormEpsilon: 1e-5,
    tied: false,
    ...rest,
  };
  const normal = normals(letter.charCodeAt(0), config.layers);
  const parameters = uploadParameters(gpu, config, (name) => {
    const shift = name.endsWith('ln_f.weight') || /ln_\d\.weight$/.test(name) ? 1 : 0;
    const size = sizeOf(name, config);
    return Float32Array.from({ length: size }, () => shift + 0.3 * normal());
  });
  return { letter, config, parameters, site: { name: site, layer } };
}

function sizeOf(name: string, { dModel: D, dMlp: M, vocabulary: V, context: T }: TransformerConfig): number {
  const sizes: [RegExp, number][] = [
    [/wte|lm_head/, V * D],
    [/wpe/, T * D],
    [/c_attn\.weight/, 3 * D * D],
    [/c_attn\.bias/, 3 * D],
    [/attn\.c_proj\.weight/, D * D],
    [/mlp\.c_(fc|proj)\.weight/, D * M],
    [/c_fc\.bias/, M],
  ];
  return sizes.find(([pattern]) => pattern.test(name))?.[1] ?? D;
}

/** A dictionary of random unit directions that fires on some tenth of what it sees. */
export function plantedDictionary(gpu: Gpu, id: string, width: number, features: number): LoadedDictionary {
  const normal = normals(wordOf(id), features);
  const decoder = Float32Array.from({ length: features * width }, normal);
  for (let start = 0; start < decoder.length; start += width) {
    const row = decoder.subarray(start, start + width);
    const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    row.forEach((value, k) => (row[k] = value / norm));
  }
  const encoderBias = Float32Array.from({ length: features }, () => -0.25 + 0.05 * normal());
  const decoderBias = Float32Array.from({ length: width }, () => 0.3 + 0.05 * normal());
  const parameters = uploadDictionary(
    gpu,
    id,
    { width, features, preEncoderBias: true },
    { encoder: decoder.map((value) => value * 0.7), decoder, decoderBias, vectors: { encoderBias } },
  );
  return { dictionary: { ...parameters, rule: { kind: 'standard' } }, metadata: {} };
}
