/** `cfg.json` of a SAELens 6 directory, read and written. */
import { DictionaryFolderError } from './dictionary-folder-error.ts';
import type { Rule } from './dictionary.ts';
import { fromBefore6, isBeforeSaelens6 } from './saelens-before-6.ts';
import {
  NORMALISATIONS,
  type Normalisation,
  type StoredDictionary,
  type StoredShape,
} from './stored-dictionary.ts';

/** The SAELens release whose directory format is written. */
const SAELENS_VERSION = '6.18.0';

/** Scaling by one number that is not in cfg.json; SAELens's trainer leaves it in a file beside it. */
export const BY_SCALE = 'expected_average_only_in';

/** What cfg.json says; the one normalisation that is a number elsewhere is told apart. */
export interface SaelensConfig extends Omit<StoredShape, 'normalisation'> {
  readonly normalisation: Normalisation | typeof BY_SCALE;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/**
 * What a `cfg.json` of SAELens says, of version 6 or older. Keys that are left out mean what they mean there; keys that
 * are unknown there mean nothing.
 *
 * @param path of the file, for messages
 * @throws {DictionaryFolderError} naming the key: another architecture, a size that is none
 */
export function configFromSaelens(written: Readonly<Record<string, unknown>>, path: string): SaelensConfig {
  const fail = (expected: string, got: unknown): never => {
    throw new DictionaryFolderError(
      `${path}: expected ${expected}, got ${JSON.stringify(got)?.slice(0, 80) ?? 'nothing'}`,
    );
  };
  const json = isBeforeSaelens6(written) ? fromBefore6(written, fail) : written;
  const size = (key: string): number => {
    const value = json[key];
    return Number.isSafeInteger(value) && Number(value) > 0
      ? Number(value)
      : fail(`a positive whole number for "${key}"`, value);
  };
  const choice = <Value>(key: string, values: readonly Value[], fallback?: Value): Value => {
    const value = json[key] ?? fallback;
    return values.includes(value as Value)
      ? (value as Value)
      : fail(`"${key}" to be ${values.map((one) => JSON.stringify(one)).join(' or ')}`, value);
  };
  const width = size('d_in');
  const features = size('d_sae');
  choice('dtype', DTYPES);
  choice('reshape_activations', ['none'], 'none');
  const kind = choice('architecture', ['standard', 'topk', 'jumprelu', 'gated'] as const);
  let rule: Rule;
  if (kind === 'topk') {
    rule = { kind, k: size('k') };
    if (rule.k > features) fail(`a "k" of at most d_sae = ${features}`, rule.k);
  } else rule = { kind };
  return {
    rule,
    width,
    features,
    preEncoderBias: choice('apply_b_dec_to_input', [true, false], true),
    rescaled: kind === 'topk' && choice('rescale_acts_by_decoder_norm', [true, false], false),
    normalisation: choice('normalize_activations', [...NORMALISATIONS, BY_SCALE], 'none'),
    metadata: (json['metadata'] ?? {}) as Readonly<Record<string, unknown>>,
  };
}

const DTYPES = ['float32', 'float64', 'float16', 'bfloat16'].flatMap((name) => [name, `torch.${name}`]);

/** The `cfg.json` of a dictionary, with every key that SAELens 6 writes. */
export function configToSaelens(stored: StoredDictionary): Record<string, unknown> {
  const { rule, width, features, preEncoderBias, rescaled, normalisation, metadata } = stored;
  return {
    architecture: rule.kind,
    d_in: width,
    d_sae: features,
    dtype: 'float32',
    device: 'cpu',
    apply_b_dec_to_input: preEncoderBias,
    normalize_activations: normalisation,
    reshape_activations: 'none',
    ...(rule.kind === 'topk' ? { k: rule.k, rescale_acts_by_decoder_norm: rescaled } : {}),
    metadata: {
      sae_lens_version: SAELENS_VERSION,
      sae_lens_training_version: SAELENS_VERSION,
      model_name: null,
      model_class_name: null,
      hook_name: null,
      hook_head_index: null,
      model_from_pretrained_kwargs: {},
      prepend_bos: false,
      exclude_special_tokens: false,
      sequence_separator_token: null,
      context_size: null,
      seqpos_slice: [null],
      dataset_path: null,
      neuronpedia_id: null,
      ...metadata,
    },
  };
}
