/** Keys of `cfg.json` before SAELens 6, where everything lay at the top level. */

/** What such keys were called, and are called now. */
const RENAMED: Readonly<Record<string, string>> = {
  hook_point: 'hook_name',
  hook_point_layer: 'hook_layer',
  hook_point_head_index: 'hook_head_index',
  activation_fn_str: 'activation_fn',
};

/** Keys that have become metadata. */
const METADATA = [
  'sae_lens_training_version',
  'model_name',
  'model_class_name',
  'hook_name',
  'hook_head_index',
  'model_from_pretrained_kwargs',
  'prepend_bos',
  'context_size',
  'seqpos_slice',
  'dataset_path',
  'neuronpedia_id',
] as const;

/** Whether a file says nothing of a SAELens of version 6 or newer. */
export function isBeforeSaelens6(json: Readonly<Record<string, unknown>>): boolean {
  const { sae_lens_version: version } = (json['metadata'] ?? {}) as Readonly<Record<string, unknown>>;
  return !(typeof version === 'string' && Number.parseInt(version, 10) >= 6);
}

/**
 * The same dictionary in the keys of SAELens 6. A TopK of these releases may be called `standard`, and only its
 * activation function says what it is.
 *
 * @param fail refuses what no key of SAELens 6 can say
 */
export function fromBefore6(
  json: Readonly<Record<string, unknown>>,
  fail: (expected: string, got: unknown) => never,
): Readonly<Record<string, unknown>> {
  const old: Record<string, unknown> = Object.fromEntries(
    Object.entries(json).map(([key, value]) => [RENAMED[key] ?? key, value]),
  );
  const named = old['architecture'] ?? 'standard';
  const activation = old['activation_fn'] ?? 'relu';
  if (activation !== 'relu' && activation !== 'topk')
    fail('"activation_fn_str" to be "relu" or "topk"', activation);
  if (activation === 'topk' && named !== 'standard' && named !== 'topk')
    fail(`"activation_fn_str" to be "relu" for architecture ${JSON.stringify(named)}`, activation);
  if (named === 'topk' && activation !== 'topk' && 'activation_fn' in old)
    fail('"activation_fn_str" to be "topk" for architecture "topk"', activation);
  const topk = activation === 'topk' || named === 'topk';
  const { k } = (old['activation_fn_kwargs'] ?? {}) as Readonly<Record<string, unknown>>;
  const normalised = old['normalize_activations'] ?? 'none';
  const asBoolean = normalised === true ? 'expected_average_only_in' : 'none';
  return {
    architecture: topk ? 'topk' : named,
    d_in: old['d_in'],
    d_sae: old['d_sae'],
    dtype: old['dtype'],
    apply_b_dec_to_input: old['apply_b_dec_to_input'] ?? true,
    normalize_activations: typeof normalised === 'boolean' ? asBoolean : normalised,
    reshape_activations: reshapes(old) ? 'hook_z' : 'none',
    ...(topk ? { k, rescale_acts_by_decoder_norm: false } : {}),
    metadata: Object.fromEntries(METADATA.filter((key) => key in old).map((key) => [key, old[key]])),
  };
}

/** These releases took the activations of all heads together wherever the hook's name asked for it. */
const reshapes = ({ hook_name: hook }: Readonly<Record<string, unknown>>): boolean =>
  typeof hook === 'string' && hook.endsWith('_z');
