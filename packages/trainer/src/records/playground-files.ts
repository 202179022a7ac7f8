import { join } from 'node:path';
import { layout } from './layout.ts';

/** Paths of a configuration and the weights that it is about. */
export interface WeightFiles {
  readonly config: string;
  readonly weights: string;
}

/** Where the records keep a model of the playground, in the layout of GPT-2. @param id as A */
export function playgroundModelFiles(root: string, id: string): WeightFiles {
  const folder = layout.playgroundModel(root, id);
  return { config: join(folder, 'config.json'), weights: join(folder, 'model.safetensors') };
}

/** Where they keep one of its dictionaries, in the layout of SAELens. @param id as A/1 */
export function playgroundDictionaryFiles(root: string, id: string): WeightFiles {
  const folder = layout.playgroundDictionary(root, id);
  return { config: join(folder, 'cfg.json'), weights: join(folder, 'sae_weights.safetensors') };
}

/** Where they keep the tokenizer of all models. */
export function playgroundTokenizerFile(root: string): string {
  return layout.playgroundTokenizer(root);
}
