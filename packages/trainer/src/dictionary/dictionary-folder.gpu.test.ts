import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTensor, matmul, openDevice, ProgramBuilder, readTensor, type Gpu } from '@monosema/engine';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readSafetensors } from '../artefacts/safetensors.ts';
import { normals } from '../random/seeded.ts';
import { loadDictionary, saveDictionary } from './dictionary-folder.ts';
import { parameterTensors, uploadDictionary, VECTORS, type Dictionary, type Rule } from './dictionary.ts';
import { dictionaryValues, encode } from './encode.ts';
import { importDictionary } from './import-dictionary.ts';
import { unitRows } from './initialise.ts';
import { inMemory } from './testing/memory-dictionary.ts';
import { dictionaryOf, golden, INFERENCE } from './testing/saelens-golden.ts';
import { writeSaelens } from './write-saelens.ts';

const A = 6;
const F = 10;
const RULES: readonly Rule[] = [
  { kind: 'standard' },
  { kind: 'topk', k: 3 },
  { kind: 'jumprelu' },
  { kind: 'gated' },
];

let gpu: Gpu;
let folder: string;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-sae-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const normal = normals(1);
const random = (length: number): Float32Array => Float32Array.from({ length }, () => normal());

/** A dictionary of random numbers. @param decoder (F,A); rows of norm 1 by default */
function dictionaryWith(rule: Rule, decoder = unitRows(random(F * A), new Float32Array(A))): Dictionary {
  const vectors = VECTORS[rule.kind].map((name) => [
    name,
    // A threshold is at least 0 in training.
    random(F).map((value) => (name === 'threshold' ? Math.abs(value) : value)),
  ]);
  const values = {
    encoder: random(F * A),
    decoder,
    decoderBias: random(A),
    vectors: Object.fromEntries(vectors) as Record<string, Float32Array>,
  };
  const shape = { width: A, features: F, preEncoderBias: rule.kind !== 'gated' };
  return { ...uploadDictionary(gpu, 'A/1', shape, values), rule };
}

const save = (dictionary: Dictionary, scale: number, density = new Float32Array(F)): Promise<void> =>
  saveDictionary(gpu, folder, dictionary, {
    scale,
    density,
    modelName: 'tiny/A',
    hookName: 'blocks.2.mlp.hook_post',
    context: 64,
    datasetPath: 'corpus',
    provenance: { id: 'A/1' },
  });

const load = async (): Promise<Dictionary> => (await loadDictionary(gpu, folder, 'A/1')).dictionary;

const cfg = (): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, 'cfg.json'), 'utf8')) as Record<string, unknown>;

/** Activations and reconstructions of x (N,A) on the device. */
async function computed(of: Dictionary, x: Float32Array): Promise<{ f: Float32Array; xHat: Float32Array }> {
  const p = new ProgramBuilder(gpu, 'encode');
  const batch = createTensor(gpu, 'x', [x.length / of.width, of.width], x);
  const values = dictionaryValues(p, of);
  const f = encode(p, p.persistent(batch), values, of);
  const xHat = matmul(p, f, values.decoder, { label: 'x̂', bias: values.decoderBias });
  const [fTensor, xHatTensor] = [p.output(f), p.output(xHat)];
  const program = await p.build();
  await program.run();
  const read = { f: await readTensor(gpu, fTensor), xHat: await readTensor(gpu, xHatTensor) };
  program.destroy();
  return read;
}

function expectNear(got: Float32Array, want: ArrayLike<number>, tolerance: number): void {
  expect(got.length).toBe(want.length);
  const furthest = got.reduce((most, value, i) => Math.max(most, Math.abs(value - want[i]!)), 0);
  expect(furthest).toBeLessThanOrEqual(tolerance);
}

describe.each(RULES)('a saved dictionary of $kind', (rule) => {
  it('loads with every bit as it was', async () => {
    const dictionary = dictionaryWith(rule);
    await save(dictionary, 1);
    const loaded = await load();
    const { width, features, preEncoderBias } = dictionary;
    expect(loaded).toMatchObject({ width, features, preEncoderBias, rule });
    const tensors = parameterTensors(loaded);
    expect([...tensors.keys()].toSorted()).toEqual([...parameterTensors(dictionary).keys()].toSorted());
    for (const [name, tensor] of parameterTensors(dictionary))
      expect(await readTensor(gpu, tensors.get(name)!), name).toEqual(await readTensor(gpu, tensor));
  });

  it('is the same bytes after an import', async () => {
    await save(dictionaryWith(rule), 3.7);
    await importDictionary(folder, join(folder, 'imported'));
    for (const name of ['cfg.json', 'sae_weights.safetensors', 'sparsity.safetensors'])
      expect(readFileSync(join(folder, 'imported', name)).equals(readFileSync(join(folder, name)))).toBe(
        true,
      );
  });

  it.each(['of norm 1', 'of any norm'])(
    'takes raw activations, its decoder rows %s in training',
    async (rows) => {
      const scale = 3.7;
      const unit = rows === 'of norm 1';
      const decoder = unit ? undefined : random(F * A);
      const dictionary = dictionaryWith(rule, decoder);
      await save(dictionary, scale);
      const x = random(9 * A);
      const trained = await computed(
        dictionary,
        x.map((value) => value * scale),
      );
      const loaded = await computed(await load(), x);
      // Float32 sums of 6 to 10 products of numbers below 10, twice.
      expectNear(
        loaded.xHat,
        trained.xHat.map((value) => value / scale),
        1e-5,
      );
      if (unit)
        expectNear(
          loaded.f,
          trained.f.map((value) => value / scale),
          1e-5,
        );
      expect(trained.f.some((value) => value > 0) && trained.f.some((value) => value === 0)).toBe(true);
      using weights = readSafetensors(join(folder, 'sae_weights.safetensors'));
      const stored = weights.readFloat32('W_dec');
      const norms = Array.from({ length: F }, (_, f) => Math.hypot(...stored.subarray(f * A, (f + 1) * A)));
      // A TopK chooses before norms count, so its rows keep them.
      const kept = rule.kind === 'topk' && !unit;
      expect(norms.every((norm) => Math.abs(norm - 1) < 1e-6)).toBe(!kept);
    },
  );
});

describe('a saved dictionary', () => {
  it('is a SAELens directory: its files, its keys, and the encoder inputs first', async () => {
    const dictionary = dictionaryWith({ kind: 'standard' });
    await save(dictionary, 2, Float32Array.of(0, 0.5, ...new Float32Array(F - 2)));
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

  it('of TopK says that norms may be folded only where they are all 1', async () => {
    await save(dictionaryWith({ kind: 'topk', k: 3 }), 1);
    expect(cfg()).toMatchObject({ k: 3, rescale_acts_by_decoder_norm: true });
    await save(dictionaryWith({ kind: 'topk', k: 3 }, random(F * A)), 1);
    expect(cfg()).toMatchObject({ k: 3, rescale_acts_by_decoder_norm: false });
  });
});

describe('what SAELens computes is computed on the device', () => {
  it.each(INFERENCE.filter((name) => dictionaryOf(name).normalisation === 'none'))('%s', async (name) => {
    await writeSaelens(folder, dictionaryOf(name));
    const { f, xHat } = await computed(await load(), Float32Array.from(golden.x));
    // Sums of four to six products of numbers below 2, in float32 on both sides.
    expectNear(f, golden.cases[name]!.encode!, 1e-6);
    expectNear(xHat, golden.cases[name]!.reconstruction!, 1e-6);
  });

  it('a threshold below 0 lets no negative activation through', async () => {
    const shape = {
      width: 1,
      features: 1,
      preEncoderBias: false,
      rescaled: false,
      normalisation: 'none',
    } as const;
    const ones = { W_enc: 1, W_dec: 1, b_enc: 0, b_dec: 0, threshold: -1 } as Record<string, number>;
    await writeSaelens(
      folder,
      inMemory({ ...shape, rule: { kind: 'jumprelu' } }, (name) => [ones[name]!]),
    );
    const { f } = await computed(await load(), Float32Array.of(-2, -0.5, 0, 0.5));
    expect([...f]).toEqual([0, 0, 0, 0.5]);
  });

  it.each(['layer_norm', 'constant_norm_rescale'])('but not a dictionary over inputs of %s', async (kind) => {
    await save(dictionaryWith({ kind: 'standard' }), 1);
    writeFileSync(join(folder, 'cfg.json'), JSON.stringify({ ...cfg(), normalize_activations: kind }));
    await expect(load()).rejects.toThrow(
      `${folder}/cfg.json: expected normalize_activations "none", got "${kind}", which cannot be computed here; retrain the dictionary on inputs as they are`,
    );
  });
});
