import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDevice, readTensor, type Gpu } from '@monosema/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors, type TensorToWrite } from '../artefacts/safetensors.ts';
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
  saveModel(gpu, folder, of, uploadParameters(gpu, of, initialValues(of, 1)));

function changeConfig(change: Record<string, unknown>): void {
  const path = join(folder, 'config.json');
  const json = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...json, ...change }));
}

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
    expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))).toMatchObject({
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
    });
  });

  it('may leave the width of its MLP to the convention of four times its own', async () => {
    await save();
    changeConfig({ n_inner: null });
    expect(loadModel(gpu, folder).config.dMlp).toBe(24);
  });
});

describe('a folder that is no model of ours', () => {
  it.each([
    [{ activation_function: 'silu' }, 'expected an activation_function of relu, gelu, gelu_new, got "silu"'],
    [{ n_head: '3' }, 'expected a number for "n_head", got "3"'],
    [{ vocab_size: undefined }, 'expected a number for "vocab_size", got undefined'],
    [{ n_embd: 8 }, 'expected transformer.wte.weight of shape (11,8) as config.json says, got (11,6)'],
    [{ n_layer: 3 }, 'expected a tensor transformer.h.2.ln_1.weight, got '],
  ])('is refused by what differs: %j', async (change, sentence) => {
    await save();
    changeConfig(change);
    expect(() => loadModel(gpu, folder)).toThrow(sentence);
  });

  it('is refused by the tensor that is missing', async () => {
    await save();
    const path = join(folder, 'model.safetensors');
    const tensors: Record<string, TensorToWrite> = {};
    {
      using file = readSafetensors(path);
      for (const { name, shape } of file.tensors.values()) tensors[name] = { shape, data: file.read(name) };
    }
    delete tensors['transformer.ln_f.bias'];
    writeSafetensors(path, tensors);
    expect(() => loadModel(gpu, folder)).toThrow('expected a tensor transformer.ln_f.bias, got ');
  });
});
