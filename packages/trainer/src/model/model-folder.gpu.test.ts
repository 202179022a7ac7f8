import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDevice, readTensor, type Gpu } from '@monosema/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readSafetensors } from '../artefacts/safetensors.ts';
import { initialValues } from './initialise.ts';
import { loadModel, saveModel } from './model-folder.ts';
import { parameterShapes, type TransformerConfig } from './parameters.ts';
import { uploadParameters } from './training-program.ts';

const config: TransformerConfig = {
  layers: 2,
  dModel: 6,
  heads: 3,
  dMlp: 24,
  context: 5,
  vocabulary: 11,
  activation: 'gelu_new',
  layerNormEpsilon: 1e-5,
  tied: false,
};

let gpu: Gpu;
let folder: string;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-model-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const save = (of: TransformerConfig = config): Promise<void> =>
  saveModel(gpu, folder, of, uploadParameters(gpu, of, initialValues(of, 1)), of.vocabulary - 1);

describe('a saved model', () => {
  it.each([{ tied: false }, { tied: true }])('loads as it was: %o', async ({ tied }) => {
    const of = { ...config, tied };
    await save(of);
    const loaded = loadModel(gpu, folder);
    expect(loaded.config).toEqual(of);
    expect([...loaded.parameters.keys()]).toEqual([...parameterShapes(of).keys()]);
    for (const [name, tensor] of loaded.parameters)
      expect(await readTensor(gpu, tensor)).toEqual(initialValues(of, 1)(name));
  });

  it('has the names, layouts and configuration of GPT-2 in Hugging Face', async () => {
    await save();
    using file = readSafetensors(join(folder, 'model.safetensors'));
    expect(file.metadata).toEqual({ format: 'pt' });
    // Conv1D: inputs first.
    expect(file.info('transformer.h.1.mlp.c_fc.weight').shape).toEqual([6, 24]);
    expect(file.info('transformer.h.0.attn.c_attn.weight').shape).toEqual([6, 18]);
    expect(file.info('lm_head.weight').shape).toEqual([11, 6]);
    expect(file.tensors.size).toBe(2 + 2 * 12 + 3);
    expect(readdirSync(folder).toSorted()).toEqual(['config.json', 'model.safetensors']);
    // transformers' own names; a key it does not know would be carried along unread.
    expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))).toEqual({
      architectures: ['GPT2LMHeadModel'],
      model_type: 'gpt2',
      n_layer: 2,
      n_embd: 6,
      n_head: 3,
      n_inner: 24,
      n_positions: 5,
      vocab_size: 11,
      activation_function: 'gelu_new',
      layer_norm_epsilon: 1e-5,
      tie_word_embeddings: false,
      n_ctx: 5,
      scale_attn_weights: true,
      scale_attn_by_inverse_layer_idx: false,
      reorder_and_upcast_attn: false,
      bos_token_id: 10,
      eos_token_id: 10,
      attn_pdrop: 0,
      embd_pdrop: 0,
      resid_pdrop: 0,
      torch_dtype: 'float32',
    });
  });
});
