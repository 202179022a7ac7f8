import { uniforms, wordOf } from '../random/seeded.ts';
import { parameterShapes, type TransformerConfig } from './parameters.ts';

/**
 * A model with the entries of each weight matrix shuffled: what it has of its training is the sizes of its weights
 * and nothing else. Biases and the gains of norms stay. The matrices of queries, keys and values, which GPT-2 keeps
 * side by side, are shuffled apart. Source: Bricken et al. 2023, Global Analysis.
 *
 * @param read gives a parameter by its name in parameterShapes; it is not changed
 * @returns reads the shuffled parameters, the same for the same seed
 */
export function shuffledWeights(
  config: TransformerConfig,
  read: (name: string) => Float32Array,
  seed: number,
): (name: string) => Float32Array<ArrayBuffer> {
  const shapes = parameterShapes(config);
  return (name) => {
    const values = Float32Array.from(read(name));
    const shape = shapes.get(name)!;
    if (shape.length < 2) return values;
    const parts = name.endsWith('c_attn.weight') ? 3 : 1;
    const uniform = uniforms(seed, wordOf(name));
    const width = shape[1]! / parts;
    for (let part = 0; part < parts; part++) {
      const place = (i: number) => Math.floor(i / width) * shape[1]! + part * width + (i % width);
      for (let i = shape[0]! * width - 1; i > 0; i--) {
        const j = Math.floor(uniform() * (i + 1));
        const [here, there] = [place(i), place(j)];
        [values[here], values[there]] = [values[there]!, values[here]!];
      }
    }
    return values;
  };
}
