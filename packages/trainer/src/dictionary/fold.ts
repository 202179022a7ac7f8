/**
 * The same dictionary in other units. SAELens calls both of these folding, and a dictionary is published folded: its
 * activations then are lengths in the space of its inputs, and its decoder rows directions.
 */
import { mapped, type StoredDictionary, type StoredName, type StoredTensor } from './stored-dictionary.ts';

/** Norms this near to 1 are what rounding leaves of rows that were normalised; such rows stay as they are, to the bit. */
const UNIT = 1e-5;

/** The vectors that are compared with, or added to, products with the encoder; r_mag is the logarithm of a ratio. */
const IN_UNITS_OF_ACTIVATIONS: readonly StoredName[] = ['b_enc', 'threshold', 'b_gate', 'b_mag'];

/** The dictionary for x of one that was trained on scale · x, with decoder rows of another norm and pre-activations as they were. */
export function foldScale(stored: StoredDictionary, scale: number): StoredDictionary {
  return changed(stored, {
    W_enc: (value) => value * scale,
    W_dec: (value) => value / scale,
    b_dec: (value) => value / scale,
  });
}

/**
 * The dictionary for x of one that was trained on scale · x, its two matrices as they are: its activations are those
 * of training divided by the scale, and so is its reconstruction.
 */
export function inUnitsOfInputs(stored: StoredDictionary, scale: number): StoredDictionary {
  const unscaled = (value: number): number => value / scale;
  const names: readonly StoredName[] = ['b_dec', ...IN_UNITS_OF_ACTIVATIONS];
  return changed(stored, Object.fromEntries(names.map((name) => [name, unscaled])));
}

/**
 * The dictionary with decoder rows of norm 1: each feature's activation takes the norm over, and x̂ stays what it is.
 * A dictionary whose rows have norm 1 already comes back as it is; so does a TopK that chooses among activations
 * before their rows' norms count, for it would choose others.
 */
export async function foldDecoderNorms(stored: StoredDictionary): Promise<StoredDictionary> {
  if (stored.rule.kind === 'topk' && !stored.rescaled) return stored;
  const { features, width } = stored;
  const norms = await decoderNorms(stored);
  // Rows that are no numbers are left to whoever writes them, who says so of W_dec and not of what they would spoil.
  if (norms.some((norm) => !Number.isFinite(norm))) return stored;
  if (norms.every((norm) => Math.abs(norm - 1) <= UNIT)) return stored;
  const byFeature = (value: number, feature: number): number => value * norms[feature]!;
  return changed(stored, {
    W_enc: (value, index) => byFeature(value, index % features),
    W_dec: (value, index) => value / norms[Math.floor(index / width)]!,
    ...Object.fromEntries(IN_UNITS_OF_ACTIVATIONS.map((name) => [name, byFeature])),
  });
}

/** Whether all decoder rows have norm 1, but for rounding. */
export async function hasUnitDecoder(stored: StoredDictionary): Promise<boolean> {
  return (await decoderNorms(stored)).every((norm) => Math.abs(norm - 1) <= UNIT);
}

/** (F) in float64; 1 for a row of zeros, which has no direction to keep. */
async function decoderNorms({ tensors, features, width }: StoredDictionary): Promise<Float64Array> {
  const squares = new Float64Array(features);
  let index = 0;
  for await (const piece of tensors.W_dec!.pieces()) {
    for (const value of piece) {
      squares[Math.floor(index / width)]! += value * value;
      index += 1;
    }
  }
  return squares.map((sum) => (sum === 0 ? 1 : Math.sqrt(sum)));
}

type Change = (value: number, index: number) => number;

function changed(
  stored: StoredDictionary,
  changes: Readonly<Partial<Record<StoredName, Change>>>,
): StoredDictionary {
  const tensors = Object.entries(stored.tensors).map(([name, tensor]): [string, StoredTensor] => {
    const change = changes[name as StoredName];
    return [name, change === undefined ? tensor : mapped(tensor, change)];
  });
  return { ...stored, tensors: Object.fromEntries(tensors) };
}
