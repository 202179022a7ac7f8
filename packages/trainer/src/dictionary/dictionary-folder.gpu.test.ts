import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTensor, openDevice, ProgramBuilder, readTensor, type Gpu } from '@monosema/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors, type TensorToWrite } from '../artefacts/safetensors.ts';
import { normals } from '../random/seeded.ts';
import { loadDictionary, saveDictionary } from './dictionary-folder.ts';
import { parameterTensors, uploadDictionary, type Dictionary } from './dictionary.ts';
import { dictionaryValues, encode } from './encode.ts';

const A = 6;
const F = 10;

let gpu: Gpu;
let folder: string;
let dictionary: Dictionary;
const normal = normals(1);
const random = (length: number): Float32Array => Float32Array.from({ length }, () => normal());
beforeAll(async () => {
  gpu = await openDevice();
  const values = {
    encoder: random(F * A),
    decoder: random(F * A),
    decoderBias: random(A),
    vectors: { encoderBias: random(F) },
  };
  const shape = { width: A, features: F, preEncoderBias: true };
  dictionary = { ...uploadDictionary(gpu, 'A/1', shape, values), rule: { kind: 'standard' } };
});
afterAll(() => gpu.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-sae-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const save = (scale: number, density = new Float32Array(F)): Promise<void> =>
  saveDictionary(gpu, folder, dictionary, {
    scale,
    density,
    modelName: 'tiny/A',
    layer: 2,
    context: 64,
    datasetPath: 'corpus',
    provenance: { id: 'A/1' },
  });

const cfg = (): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, 'cfg.json'), 'utf8')) as Record<string, unknown>;

async function activations(of: Dictionary, x: Float32Array): Promise<Float32Array> {
  const p = new ProgramBuilder(gpu, 'encode');
  const batch = createTensor(gpu, 'x', [x.length / A, A], x);
  const f = p.output(encode(p, p.persistent(batch), dictionaryValues(p, of), of));
  const program = await p.build();
  await program.run();
  const read = await readTensor(gpu, f);
  program.destroy();
  return read;
}

describe('a saved dictionary', () => {
  it('loads with every value as it was', async () => {
    await save(1);
    const loaded = loadDictionary(gpu, folder, 'A/1');
    expect(loaded.dictionary).toMatchObject({ width: A, features: F, preEncoderBias: true });
    expect(loaded.dictionary.rule).toEqual({ kind: 'standard' });
    const tensors = parameterTensors(loaded.dictionary);
    for (const [name, tensor] of parameterTensors(dictionary))
      expect(await readTensor(gpu, tensors.get(name)!)).toEqual(await readTensor(gpu, tensor));
  });

  it('takes raw activations: its features are those of training, divided by the scale', async () => {
    const scale = 3.7;
    await save(scale);
    const x = random(5 * A);
    const trained = await activations(
      dictionary,
      x.map((value) => value * scale),
    );
    const loaded = await activations(loadDictionary(gpu, folder, 'A/1').dictionary, x);
    expect(trained.some((value) => value > 0) && trained.some((value) => value === 0)).toBe(true);
    loaded.forEach((value, i) => expect(value).toBeCloseTo(trained[i]! / scale, 5));
  });

  it('is a SAELens directory: its files, its keys, and the encoder inputs first', async () => {
    await save(2, Float32Array.of(0, 0.5, ...new Float32Array(F - 2)));
    expect(readdirSync(folder).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      'cfg.json',
      'sae_weights.safetensors',
      'sparsity.safetensors',
    ]);
    expect(cfg()).toEqual({
      architecture: 'standard',
      d_in: A,
      d_sae: F,
      dtype: 'float32',
      device: 'cpu',
      apply_b_dec_to_input: true,
      normalize_activations: 'none',
      reshape_activations: 'none',
      metadata: {
        sae_lens_version: '6.18.0',
        sae_lens_training_version: '6.18.0',
        model_name: 'tiny/A',
        model_class_name: 'HookedTransformer',
        hook_name: 'blocks.2.mlp.hook_post',
        hook_head_index: null,
        model_from_pretrained_kwargs: {},
        prepend_bos: false,
        exclude_special_tokens: false,
        sequence_separator_token: null,
        context_size: 64,
        seqpos_slice: [null],
        dataset_path: 'corpus',
        neuronpedia_id: null,
        monosema: { id: 'A/1' },
      },
    });
    using weights = readSafetensors(join(folder, 'sae_weights.safetensors'));
    expect(Object.fromEntries([...weights.tensors.values()].map(({ name, shape }) => [name, shape]))).toEqual(
      {
        W_enc: [A, F],
        b_enc: [F],
        W_dec: [F, A],
        b_dec: [A],
      },
    );
    const encoder = await readTensor(gpu, dictionary.encoder);
    const stored = weights.readFloat32('W_enc');
    for (let a = 0; a < A; a++)
      for (let f = 0; f < F; f++) expect(stored[a * F + f]).toBe(encoder[f * A + a]);
    using sparsity = readSafetensors(join(folder, 'sparsity.safetensors'));
    expect([...sparsity.readFloat32('sparsity')].slice(0, 2)).toEqual([-10, Math.fround(Math.log10(0.5))]);
  });
});

describe('a folder that is no dictionary of ours', () => {
  it.each([
    ['architecture', 'topk', 'expected architecture "standard", got "topk"; other kinds cannot be read yet'],
    [
      'normalize_activations',
      'layer_norm',
      'expected normalize_activations "none", got "layer_norm"; other kinds cannot be read yet',
    ],
    [
      'apply_b_dec_to_input',
      false,
      'expected apply_b_dec_to_input true, got false; other kinds cannot be read yet',
    ],
    ['d_sae', 11, 'expected W_enc of shape (6,11), got (6,10)'],
  ])('with another %s is refused by name', async (key, value, sentence) => {
    await save(1);
    writeFileSync(join(folder, 'cfg.json'), JSON.stringify({ ...cfg(), [key]: value }));
    expect(() => loadDictionary(gpu, folder, 'A/1')).toThrow(sentence);
  });

  async function rewrite(change: (tensors: Record<string, TensorToWrite>) => void): Promise<void> {
    await save(1);
    const path = join(folder, 'sae_weights.safetensors');
    const tensors: Record<string, TensorToWrite> = {};
    {
      using file = readSafetensors(path);
      for (const { name, shape } of file.tensors.values()) tensors[name] = { shape, data: file.read(name) };
    }
    change(tensors);
    writeSafetensors(path, tensors);
  }

  it.each(['threshold', 'toString'])('with a tensor %s too many is refused by its name', async (name) => {
    await rewrite((tensors) => {
      tensors[name] = { shape: [F], data: new Float32Array(F) };
    });
    expect(() => loadDictionary(gpu, folder, 'A/1')).toThrow(
      `expected W_enc, b_enc, W_dec, b_dec, got also ${name}`,
    );
  });

  it('with a tensor too few, or a transposed one, is refused by its name', async () => {
    await rewrite((tensors) => delete tensors['b_dec']);
    expect(() => loadDictionary(gpu, folder, 'A/1')).toThrow(
      'expected a tensor b_dec, got W_dec, W_enc, b_enc',
    );
    await rewrite((tensors) => {
      tensors['W_dec'] = { ...tensors['W_dec']!, shape: [A, F] };
    });
    expect(() => loadDictionary(gpu, folder, 'A/1')).toThrow('expected W_dec of shape (10,6), got (6,10)');
  });
});
