import {
  createTensor,
  matmul,
  readTensor,
  type Gpu,
  type ProgramBuilder,
  type Tensor,
  type Value,
} from '@monosema/engine';
import { parameterTensors, uploadDictionary, type Dictionary } from '../dictionary/dictionary.ts';
import { dictionaryValues, encode } from '../dictionary/encode.ts';

/** Some features of a dictionary, K of them, on the device. */
export interface ChosenFeatures {
  /** (K,A) their decoder rows. */
  readonly directions: Tensor;
  /** Records their activations (N,K) on x (N,A), as the whole dictionary encodes it. */
  readonly activations: (p: ProgramBuilder, x: Value) => Value;
  /** Tensors made here, the directions among them; whoever chose frees them. */
  readonly own: readonly Tensor[];
}

/**
 * Chooses features by number, in the order given. Only they are encoded, which costs K/F of the whole; but where
 * features compete for places all of them are, and the chosen ones picked out.
 *
 * @param id names the tensors
 */
export async function chooseFeatures(
  gpu: Gpu,
  id: string,
  dictionary: Dictionary,
  features: readonly number[],
): Promise<ChosenFeatures> {
  const { width, preEncoderBias, rule } = dictionary;
  const count = features.length;
  const rowsOf = async (tensor: Tensor, length: number): Promise<Float32Array> => {
    const rows = new Float32Array(count * length);
    for (const [place, feature] of features.entries())
      rows.set(await readTensor(gpu, tensor, feature * length, length), place * length);
    return rows;
  };
  if (rule.kind === 'topk') {
    const ones = new Float32Array(dictionary.features * count);
    features.forEach((feature, place) => {
      ones[feature * count + place] = 1;
    });
    const selector = createTensor(gpu, `${id} selector`, [dictionary.features, count], ones);
    const directions = createTensor(
      gpu,
      `${id} directions`,
      [count, width],
      await rowsOf(dictionary.decoder, width),
    );
    return {
      directions,
      own: [selector, directions],
      activations: (p, x) => {
        const f = encode(p, x, dictionaryValues(p, dictionary), dictionary);
        // A product with ones and zeros picks columns exactly.
        return matmul(p, f, p.persistent(selector), { label: 'f of chosen' });
      },
    };
  }
  const vectors: [string, Float32Array][] = [];
  for (const [name, tensor] of Object.entries(dictionary.vectors))
    vectors.push([name, await rowsOf(tensor, 1)]);
  const chosen: Dictionary = {
    ...uploadDictionary(
      gpu,
      `${id} chosen`,
      { width, features: count, preEncoderBias },
      {
        encoder: await rowsOf(dictionary.encoder, width),
        decoder: await rowsOf(dictionary.decoder, width),
        decoderBias: await readTensor(gpu, dictionary.decoderBias),
        vectors: Object.fromEntries(vectors),
      },
    ),
    rule,
  };
  return {
    directions: chosen.decoder,
    own: [...parameterTensors(chosen).values()],
    activations: (p, x) => encode(p, x, dictionaryValues(p, chosen), chosen),
  };
}
