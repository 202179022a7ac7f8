import { transposeMatrix, VECTORS, type ParameterValues, type Rule } from './dictionary.ts';
import { foldDecoderNorms } from './fold.ts';
import { STORED_AS, wholeTensor, type StoredDictionary } from './stored-dictionary.ts';

/** A dictionary in memory, as it is computed with. */
export interface ReadDictionary {
  readonly shape: { readonly width: number; readonly features: number; readonly preEncoderBias: boolean };
  readonly rule: Rule;
  readonly values: ParameterValues;
}

/** Reads all of a stored dictionary, which takes its inputs as they are. */
export async function readParameters(stored: StoredDictionary): Promise<ReadDictionary> {
  // Activations that take no account of the norms of their rows are those of rows of norm 1.
  const { rule, width, features, preEncoderBias, tensors } = stored.rescaled
    ? await foldDecoderNorms(stored)
    : stored;
  const vectors: Record<string, Float32Array> = {};
  for (const name of VECTORS[rule.kind]) vectors[name] = await wholeTensor(tensors[STORED_AS[name]]!);
  // Both of SAELens's conditions in one: above the threshold, and positive.
  vectors['threshold'] &&= vectors['threshold'].map((value) => Math.max(value, 0));
  return {
    shape: { width, features, preEncoderBias },
    rule,
    values: {
      encoder: transposeMatrix(await wholeTensor(tensors.W_enc!), width, features),
      decoder: await wholeTensor(tensors.W_dec!),
      decoderBias: await wholeTensor(tensors.b_dec!),
      vectors: vectors as ParameterValues['vectors'],
    },
  };
}
