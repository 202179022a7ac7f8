import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeForeign, type ForeignTensor } from '../../artefacts/testing/foreign-file.ts';
import { configToHuggingFace } from '../hugging-face-config.ts';
import { parameterShapes, type TransformerConfig } from '../parameters.ts';

export interface ForeignModel {
  readonly config: TransformerConfig;
  readonly values: (name: string) => ArrayLike<number>;
  readonly dtype?: 'F32' | 'F16' | 'BF16';
  /** Without `transformer.`, as a GPT2Model is saved. */
  readonly bare?: boolean;
  /** Files that the weights are spread over; 0 is the one file of a small model. */
  readonly shards?: number;
  /** Changes to config.json; undefined leaves a key out. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** Has its hands on the tensors before they are written. */
  readonly change?: (tensors: Record<string, ForeignTensor>) => void;
}

/** Writes a model as the tools around transformers leave one. */
export function writeForeignModel(folder: string, model: ForeignModel): void {
  const { config, values, dtype = 'F32', bare = false, shards = 0, json = {}, change } = model;
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({ ...configToHuggingFace(config, config.vocabulary - 1), ...json }),
  );
  const tensors: Record<string, ForeignTensor> = {};
  for (const [name, shape] of parameterShapes(config))
    tensors[bare ? name.replace(/^transformer\./, '') : name] = { dtype, shape, values: values(name) };
  change?.(tensors);
  if (shards === 0) return writeForeign(join(folder, 'model.safetensors'), tensors);
  const entries = Object.entries(tensors);
  const weightMap: Record<string, string> = {};
  for (let s = 0; s < shards; s++) {
    const file = `model-0000${s + 1}-of-0000${shards}.safetensors`;
    const part = entries.filter((_, i) => i % shards === s);
    for (const [name] of part) weightMap[name] = file;
    writeForeign(join(folder, file), Object.fromEntries(part));
  }
  writeFileSync(
    join(folder, 'model.safetensors.index.json'),
    JSON.stringify({ metadata: { total_size: 0 }, weight_map: weightMap }),
  );
}
