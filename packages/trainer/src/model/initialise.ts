import { normals, wordOf } from '../random/seeded.ts';
import { parameterShapes, type TransformerConfig } from './parameters.ts';

/**
 * Initial values of a parameter, decided by the seed and its name: LayerNorm gains 1, all biases 0, matrices
 * normal. Embeddings start larger than matrices (0.1 against 0.05) and the unembedding smaller (0.02): with GPT-2's
 * 0.02 throughout, short runs spend half their steps on scale, and the MLP stays nearly unused (docs/log.md).
 */
export function initialValues(config: TransformerConfig, seed: number): (name: string) => Float32Array {
  const shapes = parameterShapes(config);
  return (name) => {
    const count = shapes.get(name)!.reduce((product, extent) => product * extent, 1);
    if (name.endsWith('.bias')) return new Float32Array(count);
    if (/\.ln_[12f]\.weight$|\.ln_f\.weight$/.test(name)) return new Float32Array(count).fill(1);
    const deviation = deviationOf(name);
    const normal = normals(seed, wordOf(name));
    return Float32Array.from({ length: count }, () => deviation * normal());
  };
}

function deviationOf(name: string): number {
  if (/wte|wpe/.test(name)) return 0.1;
  if (/lm_head/.test(name)) return 0.02;
  return 0.05;
}
