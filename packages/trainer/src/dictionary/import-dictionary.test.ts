import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSafetensors } from '../artefacts/safetensors.ts';
import { rounded, writeForeign, type ForeignTensor } from '../artefacts/testing/foreign-file.ts';
import { normals } from '../random/seeded.ts';
import { dictionaryFormat, importDictionary } from './import-dictionary.ts';
import { openSaelens } from './read-saelens.ts';
import { reconstruct } from './saelens.reference.ts';
import { tensorShapes, type StoredShape } from './stored-dictionary.ts';
import { inMemory, valuesOf } from './testing/memory-dictionary.ts';
import { writeSaelens } from './write-saelens.ts';

const A = 4;
const F = 6;
const RULES: readonly StoredShape['rule'][] = [
  { kind: 'standard' },
  { kind: 'topk', k: 2 },
  { kind: 'jumprelu' },
  { kind: 'gated' },
];

let folder: string;
let source: string;
let target: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-import-'));
  source = join(folder, 'source');
  target = join(folder, 'target');
  mkdirSync(source);
});
afterEach(() => rmSync(folder, { recursive: true }));

const normal = normals(5);
const random = (size: number): Float32Array => Float32Array.from({ length: size }, () => normal());
/** Rows of norm 1 but for rounding. */
function unitRows(rows: number, width: number): Float32Array {
  const values = random(rows * width);
  for (let start = 0; start < values.length; start += width) {
    const norm = Math.hypot(...values.subarray(start, start + width));
    for (let i = 0; i < width; i++) values[start + i]! /= norm;
  }
  return values;
}

const shapeOf = (rule: StoredShape['rule'], change: Partial<StoredShape> = {}): StoredShape => ({
  rule,
  width: A,
  features: F,
  preEncoderBias: true,
  rescaled: false,
  normalisation: 'none',
  ...change,
});

/** A directory of SAELens as its own release would write it. @param change of cfg.json; undefined leaves a key out */
function writeSource(
  rule: StoredShape['rule'],
  change: Record<string, unknown> = {},
  tensors: (tensors: Record<string, ForeignTensor>) => void = () => {},
): void {
  const cfg = {
    architecture: rule.kind,
    d_in: A,
    d_sae: F,
    dtype: 'float32',
    device: 'cpu',
    apply_b_dec_to_input: true,
    normalize_activations: 'none',
    reshape_activations: 'none',
    ...(rule.kind === 'topk' ? { k: rule.k, rescale_acts_by_decoder_norm: true } : {}),
    metadata: {
      sae_lens_version: '6.18.0',
      model_name: 'gpt2',
      hook_name: 'blocks.3.hook_resid_pre',
      mine: { kept: [1, 2] },
    },
    ...change,
  };
  writeFileSync(join(source, 'cfg.json'), JSON.stringify(cfg));
  const stored: Record<string, ForeignTensor> = {};
  for (const [name, shape] of tensorShapes(shapeOf(rule)))
    stored[name] = {
      dtype: 'F32',
      shape,
      values: name === 'W_dec' ? unitRows(F, A) : random(shape.reduce((product, extent) => product * extent)),
    };
  tensors(stored);
  writeForeign(join(source, 'sae_weights.safetensors'), stored);
}

async function refusal(of = source): Promise<string> {
  try {
    await importDictionary(of, target);
  } catch (error) {
    expect(existsSync(join(target, 'cfg.json'))).toBe(false);
    return `${(error as Error).name}: ${(error as Error).message.replaceAll(folder, 'FOLDER')}`;
  }
  return 'accepted';
}

const cfgOf = (of: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(of, 'cfg.json'), 'utf8')) as Record<string, unknown>;

describe('a folded SAELens directory', () => {
  it.each(RULES)('of $kind keeps every number and what it says of itself', async (rule) => {
    writeSource(rule);
    await importDictionary(source, target);
    using before = readSafetensors(join(source, 'sae_weights.safetensors'));
    using after = readSafetensors(join(target, 'sae_weights.safetensors'));
    expect([...after.tensors.keys()].toSorted()).toEqual([...before.tensors.keys()].toSorted());
    for (const name of before.tensors.keys()) expect(after.read(name), name).toEqual(before.read(name));
    const { metadata, ...rest } = cfgOf(source);
    expect(cfgOf(target)).toMatchObject(rest);
    expect(cfgOf(target)['metadata']).toMatchObject(metadata as object);
  });

  it.each(RULES)('of $kind comes out of a second import as the same bytes', async (rule) => {
    writeSource(rule, { apply_b_dec_to_input: false });
    await importDictionary(source, target);
    await importDictionary(target, join(folder, 'again'));
    for (const name of ['cfg.json', 'sae_weights.safetensors'])
      expect(readFileSync(join(folder, 'again', name)).equals(readFileSync(join(target, name)))).toBe(true);
  });

  it.each(['F16', 'BF16', 'F64'] as const)('may be stored as %s', async (dtype) => {
    const values = new Map<string, ArrayLike<number>>();
    const asWhole = (tensors: Record<string, ForeignTensor>): void => {
      for (const [name, tensor] of Object.entries(tensors)) {
        values.set(name, tensor.values!);
        tensors[name] = { ...tensor, dtype };
      }
    };
    writeSource({ kind: 'standard' }, { dtype: 'torch.bfloat16' }, asWhole);
    using opened = openSaelens(source);
    for (const [name, read] of Object.entries(await valuesOf(opened)))
      expect(read).toEqual(Float32Array.from(values.get(name)!, (value) => rounded(dtype, value)));
  });

  it('has its sparsity taken along', async () => {
    writeSource({ kind: 'standard' });
    writeForeign(join(source, 'sparsity.safetensors'), { sparsity: { dtype: 'F32', shape: [F] } });
    await importDictionary(source, target);
    using file = readSafetensors(join(target, 'sparsity.safetensors'));
    expect(file.info('sparsity').shape).toEqual([F]);
    writeForeign(join(source, 'sparsity.safetensors'), { sparsity: { dtype: 'F32', shape: [F + 1] } });
    await expect(importDictionary(source, join(folder, 'other'))).rejects.toThrow(
      'sparsity.safetensors: expected sparsity of shape (6), got (7)',
    );
  });

  it('may carry the scaling factor of old releases while it is 1, and no longer carries it after', async () => {
    const factor = (values: number[]) => (tensors: Record<string, ForeignTensor>) => {
      tensors['scaling_factor'] = { dtype: 'F32', shape: [F], values };
    };
    writeSource({ kind: 'standard' }, {}, factor(Array.from({ length: F }, () => 1)));
    await importDictionary(source, target);
    using file = readSafetensors(join(target, 'sae_weights.safetensors'));
    expect(file.tensors.has('scaling_factor')).toBe(false);
    rmSync(target, { recursive: true });
    writeSource({ kind: 'standard' }, {}, factor([1, 1, 1, 2, 1, 1]));
    expect(await refusal()).toBe(
      'DictionaryFolderError: FOLDER/source/sae_weights.safetensors: expected W_enc, W_dec, b_dec, b_enc, got also scaling_factor',
    );
  });
});

describe('a directory that is not folded', () => {
  const x = random(5 * A);
  const stretched = (tensors: Record<string, ForeignTensor>): void => {
    tensors['W_dec'] = { ...tensors['W_dec']!, values: random(F * A) };
  };
  async function compare(): Promise<{ norms: number[]; error: number }> {
    using opened = openSaelens(source);
    const want = reconstruct(opened, await valuesOf(opened), x);
    await importDictionary(source, target);
    using imported = openSaelens(target);
    const values = await valuesOf(imported);
    const got = reconstruct(imported, values, x);
    const rows = Array.from({ length: F }, (_, f) => [
      ...(values.W_dec as Float32Array).subarray(f * A, (f + 1) * A),
    ]);
    return {
      norms: rows.map((row) => Math.hypot(...row)),
      error: Math.max(...got.reconstructions.map((value, i) => Math.abs(value - want.reconstructions[i]!))),
    };
  }

  it.each(RULES)('of $kind reconstructs the same with decoder rows of norm 1', async (rule) => {
    writeSource(rule, {}, stretched);
    const { norms, error } = await compare();
    for (const norm of norms) expect(norm).toBeCloseTo(1, 6);
    // Each number is rounded to float32 once more; reconstructions are below 10.
    expect(error).toBeLessThan(1e-5);
    expect(cfgOf(target)['metadata']).toMatchObject({
      monosema: { importedFrom: 'saelens', name: 'source', foldedDecoderNorms: true },
    });
  });

  it('because a TopK chooses before norms count, stays as it is', async () => {
    writeSource({ kind: 'topk', k: 2 }, { rescale_acts_by_decoder_norm: false }, stretched);
    const { norms, error } = await compare();
    expect(norms.some((norm) => Math.abs(norm - 1) > 0.1)).toBe(true);
    expect(error).toBe(0);
    expect(cfgOf(target)['rescale_acts_by_decoder_norm']).toBe(false);
  });

  it('because it is a checkpoint, takes its scale from the file beside it', async () => {
    writeSource({ kind: 'jumprelu' }, { normalize_activations: 'expected_average_only_in' });
    expect(await refusal()).toContain(
      'FOLDER/source/activation_scaler.json: expected the "scaling_factor" that normalize_activations expected_average_only_in asks for, got no such file',
    );
    writeFileSync(join(source, 'activation_scaler.json'), '{"scaling_factor": 2.5}');
    await importDictionary(source, target);
    expect(cfgOf(target)['normalize_activations']).toBe('none');
    using imported = openSaelens(target);
    const got = reconstruct(imported, await valuesOf(imported), x);
    writeFileSync(
      join(source, 'cfg.json'),
      JSON.stringify({ ...cfgOf(source), normalize_activations: 'none' }),
    );
    using trained = openSaelens(source);
    const want = reconstruct(
      trained,
      await valuesOf(trained),
      x.map((value) => value * 2.5),
    );
    got.reconstructions.forEach((value, i) => expect(value * 2.5).toBeCloseTo(want.reconstructions[i]!, 4));
  });

  it('and has a row of zeros keeps that row', async () => {
    writeSource({ kind: 'standard' }, {}, (tensors) => {
      const values = random(F * A);
      values.fill(0, A, 2 * A);
      tensors['W_dec'] = { ...tensors['W_dec']!, values };
    });
    const { norms } = await compare();
    expect(norms[1]).toBe(0);
  });
});

describe('a directory of another kind is refused by name', () => {
  const standard = { kind: 'standard' } as const;
  it.each<[Record<string, unknown>, string]>([
    [
      { architecture: 'transcoder' },
      '"architecture" to be "standard" or "topk" or "jumprelu" or "gated", got "transcoder"',
    ],
    [
      { architecture: 'batchtopk' },
      '"architecture" to be "standard" or "topk" or "jumprelu" or "gated", got "batchtopk"',
    ],
    [
      { architecture: undefined },
      '"architecture" to be "standard" or "topk" or "jumprelu" or "gated", got nothing',
    ],
    [{ architecture: 'topk' }, 'a positive whole number for "k", got nothing'],
    [{ architecture: 'topk', k: 7 }, 'a "k" of at most d_sae = 6, got 7'],
    [{ d_in: 0 }, 'a positive whole number for "d_in", got 0'],
    [{ d_sae: '6' }, 'a positive whole number for "d_sae", got "6"'],
    [{ dtype: undefined }, '"dtype" to be "float32" or'],
    [{ reshape_activations: 'hook_z' }, '"reshape_activations" to be "none", got "hook_z"'],
    [{ normalize_activations: 'batch_norm' }, '"normalize_activations" to be "none" or'],
    [{ apply_b_dec_to_input: 'yes' }, '"apply_b_dec_to_input" to be true or false, got "yes"'],
  ])('%j', async (change, sentence) => {
    writeSource(standard, change);
    const said = await refusal();
    expect(said.startsWith(`DictionaryFolderError: FOLDER/source/cfg.json: expected ${sentence}`), said).toBe(
      true,
    );
  });

  it.each<[string, (tensors: Record<string, ForeignTensor>) => void, string]>([
    [
      'a tensor missing',
      (t) => void delete t['b_enc'],
      'expected a tensor b_enc of shape (6), got only W_enc, W_dec, b_dec',
    ],
    [
      'a tensor too many',
      (t) => void (t['threshold'] = { dtype: 'F32', shape: [F] }),
      'expected W_enc, W_dec, b_dec, b_enc, got also threshold',
    ],
    [
      'a name that means something to JavaScript',
      (t) => void (t['toString'] = { dtype: 'F32', shape: [F] }),
      'expected W_enc, W_dec, b_dec, b_enc, got also toString',
    ],
    [
      'a matrix transposed',
      (t) => void (t['W_enc'] = { ...t['W_enc']!, shape: [F, A] }),
      'expected W_enc of shape (4,6), got (6,4)',
    ],
    [
      'integers',
      (t) => void (t['b_dec'] = { dtype: 'I32', shape: [A] }),
      'expected b_dec to hold floats, got I32',
    ],
  ])('%s', async (_, change, sentence) => {
    writeSource(standard, {}, change);
    expect(await refusal()).toBe(`DictionaryFolderError: FOLDER/source/sae_weights.safetensors: ${sentence}`);
  });

  it.each(['b_enc', 'W_dec'])('a number that is none, in %s', async (name) => {
    writeSource(standard, {}, (tensors) => {
      const values = Array.from(tensors[name]!.values!);
      values[2] = NaN;
      tensors[name] = { ...tensors[name]!, values };
    });
    expect(await refusal()).toBe(
      `DictionaryFolderError: FOLDER/target: expected finite numbers in ${name}, got NaN; nothing was written`,
    );
  });

  it('files that are cut, missing or something else', async () => {
    writeSource(standard);
    truncateSync(join(source, 'sae_weights.safetensors'), 500);
    expect(await refusal()).toMatch(/^SafetensorsError: FOLDER\/source\/sae_weights.safetensors: [^\n]+$/);
    writeFileSync(join(source, 'cfg.json'), '{"architecture":');
    expect(await refusal()).toBe(
      'DictionaryFolderError: FOLDER/source/cfg.json: expected the configuration of a dictionary, got text that is not JSON',
    );
    rmSync(join(source, 'cfg.json'));
    expect(await refusal()).toBe(
      'DictionaryFolderError: FOLDER/source/cfg.json: expected the configuration of a dictionary, got no such file',
    );
    rmSync(join(source, 'sae_weights.safetensors'));
    const none =
      'expected a dictionary (cfg.json with sae_weights.safetensors of SAELens or sae.safetensors of sparsify, or params.npz of Gemma Scope), got';
    expect(await refusal()).toBe(`DictionaryFolderError: FOLDER/source: ${none} none of them`);
    expect(await refusal(join(folder, 'nowhere'))).toBe(
      `DictionaryFolderError: FOLDER/nowhere: ${none} no such path`,
    );
  });
});

describe('a directory of SAELens before 6', () => {
  /** cfg.json as SAELens 3 to 5 wrote it. @param change undefined leaves a key out */
  function writeOld(rule: StoredShape['rule'], change: Record<string, unknown> = {}): void {
    writeSource(rule);
    const cfg = {
      architecture: rule.kind,
      d_in: A,
      d_sae: F,
      activation_fn_str: rule.kind === 'topk' ? 'topk' : 'relu',
      activation_fn_kwargs: rule.kind === 'topk' ? { k: rule.k } : {},
      apply_b_dec_to_input: true,
      finetuning_scaling_factor: false,
      context_size: 128,
      model_name: 'gelu-1l',
      hook_name: 'blocks.0.mlp.hook_post',
      hook_layer: 0,
      hook_head_index: null,
      prepend_bos: true,
      dataset_path: 'text',
      dataset_trust_remote_code: true,
      normalize_activations: 'none',
      dtype: 'torch.float32',
      device: 'cuda',
      sae_lens_training_version: '3.22.1',
      ...change,
    };
    writeFileSync(join(source, 'cfg.json'), JSON.stringify(cfg));
  }

  it.each(RULES)('of $kind is what it would be with the keys of today', async (rule) => {
    writeOld(rule);
    await importDictionary(source, target);
    expect(cfgOf(target)).toMatchObject({
      architecture: rule.kind,
      ...(rule.kind === 'topk' ? { k: rule.k, rescale_acts_by_decoder_norm: false } : {}),
      metadata: {
        sae_lens_version: '6.18.0',
        sae_lens_training_version: '3.22.1',
        model_name: 'gelu-1l',
        hook_name: 'blocks.0.mlp.hook_post',
        context_size: 128,
        prepend_bos: true,
      },
    });
    using before = readSafetensors(join(source, 'sae_weights.safetensors'));
    using after = readSafetensors(join(target, 'sae_weights.safetensors'));
    for (const name of before.tensors.keys()) expect(after.read(name), name).toEqual(before.read(name));
  });

  it('is a TopK where its activation function says so, whatever it is called', async () => {
    writeOld({ kind: 'topk', k: 2 }, { architecture: 'standard' });
    await importDictionary(source, target);
    expect(cfgOf(target)).toMatchObject({ architecture: 'topk', k: 2 });
  });

  it('may have the keys of the first releases, and leave out most', async () => {
    const rest = { hook_name: undefined, hook_point: 'blocks.3.hook_resid_pre' };
    const left = ['architecture', 'activation_fn_str', 'apply_b_dec_to_input', 'normalize_activations'];
    writeOld({ kind: 'standard' }, { ...rest, ...Object.fromEntries(left.map((key) => [key, undefined])) });
    await importDictionary(source, target);
    expect(cfgOf(target)).toMatchObject({
      architecture: 'standard',
      apply_b_dec_to_input: true,
      normalize_activations: 'none',
      metadata: { hook_name: 'blocks.3.hook_resid_pre' },
    });
  });

  it.each<[StoredShape['rule'], Record<string, unknown>, string]>([
    [
      { kind: 'standard' },
      { activation_fn_str: 'tanh-relu' },
      '"activation_fn_str" to be "relu" or "topk", got "tanh-relu"',
    ],
    [
      { kind: 'gated' },
      { activation_fn_str: 'topk' },
      '"activation_fn_str" to be "relu" for architecture "gated", got "topk"',
    ],
    [
      { kind: 'topk', k: 2 },
      { activation_fn_str: 'relu' },
      '"activation_fn_str" to be "topk" for architecture "topk", got "relu"',
    ],
    [{ kind: 'topk', k: 2 }, { activation_fn_kwargs: {} }, 'a positive whole number for "k", got nothing'],
    [
      { kind: 'standard' },
      { hook_name: 'blocks.0.attn.hook_z' },
      '"reshape_activations" to be "none", got "hook_z"',
    ],
    [
      { kind: 'standard' },
      { architecture: 'transcoder' },
      '"architecture" to be "standard" or "topk" or "jumprelu" or "gated", got "transcoder"',
    ],
  ])('of another kind is refused by name: %j %j', async (rule, change, sentence) => {
    writeOld(rule, change);
    expect(await refusal()).toBe(`DictionaryFolderError: FOLDER/source/cfg.json: expected ${sentence}`);
  });

  it('that normalised its inputs by a number that was not folded asks for the number', async () => {
    writeOld({ kind: 'standard' }, { normalize_activations: true });
    expect(await refusal()).toContain(
      'activation_scaler.json: expected the "scaling_factor" that normalize_activations expected_average_only_in asks for, got no such file',
    );
  });
});

describe("EleutherAI's sparsify", () => {
  const cfg = {
    activation: 'topk',
    expansion_factor: 32,
    normalize_decoder: true,
    num_latents: F,
    k: 2,
    multi_topk: false,
    skip_connection: false,
    transcode: false,
    d_in: A,
  };
  function writeSparsify(
    change: Record<string, unknown> = {},
    extra: Record<string, ForeignTensor> = {},
    features = F,
  ): Record<string, Float32Array> {
    writeFileSync(join(source, 'cfg.json'), JSON.stringify({ ...cfg, ...change }));
    const values = {
      'encoder.weight': random(features * A),
      'encoder.bias': random(features),
      W_dec: unitRows(features, A),
      b_dec: random(A),
    };
    const tensors: Record<string, ForeignTensor> = {};
    for (const [name, data] of Object.entries(values)) {
      const shape = data.length === features * A ? [features, A] : [data.length];
      tensors[name] = { dtype: 'F32', shape, values: data };
    }
    writeForeign(join(source, 'sae.safetensors'), { ...tensors, ...extra });
    return values;
  }

  it('becomes a TopK over inputs less b_dec, its encoder turned', async () => {
    const values = writeSparsify();
    await importDictionary(source, target);
    expect(cfgOf(target)).toMatchObject({
      architecture: 'topk',
      k: 2,
      rescale_acts_by_decoder_norm: true,
      d_in: A,
      d_sae: F,
      apply_b_dec_to_input: true,
      normalize_activations: 'none',
      metadata: { monosema: { importedFrom: 'sparsify', name: 'source', foldedDecoderNorms: false } },
    });
    using imported = openSaelens(target);
    const x = random(7 * A);
    const { activations, reconstructions } = reconstruct(imported, await valuesOf(imported), x);
    // By sparsify's own order of things: relu(W_enc (x - b_dec) + b), its k largest, W_decᵀ · those + b_dec.
    for (let n = 0; n < 7; n++) {
      const pre = Array.from({ length: F }, (_, f) => {
        let sum = values['encoder.bias']![f]!;
        for (let a = 0; a < A; a++)
          sum += values['encoder.weight']![f * A + a]! * (x[n * A + a]! - values['b_dec']![a]!);
        return Math.max(sum, 0);
      });
      const kept = [...pre].toSorted((a, b) => b - a)[1]!;
      const acts = pre.map((value) => (value >= kept ? value : 0));
      acts.forEach((value, f) => expect(activations[n * F + f]).toBeCloseTo(value, 6));
      for (let a = 0; a < A; a++) {
        const sum = acts.reduce((total, value, f) => total + value * values['W_dec']![f * A + a]!, 0);
        expect(reconstructions[n * A + a]).toBeCloseTo(sum + values['b_dec']![a]!, 5);
      }
    }
  });

  it('may leave the number of features to the expansion factor', async () => {
    writeSparsify({ num_latents: 0, expansion_factor: 3 }, {}, 3 * A);
    await importDictionary(source, target);
    expect(cfgOf(target)['d_sae']).toBe(3 * A);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ transcode: true }, 'expected "transcode" of false, the only kind that is read here, got true'],
    [
      { skip_connection: true },
      'expected "skip_connection" of false, the only kind that is read here, got true',
    ],
    [
      { activation: 'groupmax' },
      'expected "activation" of "topk", the only kind that is read here, got "groupmax"',
    ],
    [{ signed: true }, 'expected "signed" of false, the only kind that is read here, got true'],
    [{ d_in: undefined }, 'expected a positive whole number for "d_in", got nothing'],
    [{ k: 0 }, 'expected a positive whole number for "k", got 0'],
    [{ k: 99 }, 'expected a "k" of at most the 6 features, got 99'],
  ])('of another kind is refused by name: %j', async (change, sentence) => {
    writeSparsify(change);
    expect(await refusal()).toBe(`DictionaryFolderError: FOLDER/source/cfg.json: ${sentence}`);
  });

  it('with a tensor too many is refused by its name', async () => {
    writeSparsify({}, { W_skip: { dtype: 'F32', shape: [A, A] } });
    expect(await refusal()).toBe(
      'DictionaryFolderError: FOLDER/source/sae.safetensors: expected encoder.weight, encoder.bias, W_dec, b_dec, got also W_skip',
    );
  });

  it('is turned block by block where it is large, in order', async () => {
    // More than one read of the file, and an encoder wider than a read's rows.
    const features = 5000;
    const values = writeSparsify({ num_latents: features, d_in: A, k: 3 }, {}, features);
    await importDictionary(source, target);
    using file = readSafetensors(join(target, 'sae_weights.safetensors'));
    const turned = file.readFloat32('W_enc');
    const wrong = turned.findIndex((value, i) => {
      const [a, f] = [Math.floor(i / features), i % features];
      return value !== values['encoder.weight']![f * A + a];
    });
    expect(wrong).toBe(-1);
  });
});

describe('Gemma Scope', () => {
  const fixture = (kind: string): string =>
    fileURLToPath(new URL(`../../../../test/golden/npz-${kind}.npz`, import.meta.url));

  it.each(['stored', 'compressed'])('(%s) becomes a JumpReLU over inputs as they come', async (kind) => {
    cpSync(fixture(kind), join(source, 'params.npz'));
    await importDictionary(source, target);
    expect(cfgOf(target)).toMatchObject({
      architecture: 'jumprelu',
      d_in: 3,
      d_sae: 5,
      apply_b_dec_to_input: false,
      metadata: { monosema: { importedFrom: 'gemma-scope', name: 'source', foldedDecoderNorms: true } },
    });
    const eighths = (_: string, size: number): number[] => Array.from({ length: size }, (__, k) => k / 8);
    const shape = { ...shapeOf({ kind: 'jumprelu' }), width: 3, features: 5, preEncoderBias: false };
    const original = inMemory(shape, eighths);
    using imported = openSaelens(target);
    const x = random(6 * 3);
    const want = reconstruct(original, await valuesOf(original), x);
    const got = reconstruct(imported, await valuesOf(imported), x);
    got.reconstructions.forEach((value, i) => expect(value).toBeCloseTo(want.reconstructions[i]!, 4));
    // The file itself may be named instead of its folder.
    await importDictionary(join(source, 'params.npz'), join(folder, 'again'));
    expect(
      readFileSync(join(folder, 'again', 'sae_weights.safetensors')).equals(
        readFileSync(join(target, 'sae_weights.safetensors')),
      ),
    ).toBe(true);
    expect(cfgOf(join(folder, 'again'))).toEqual(cfgOf(target));
  });

  it('without an array, or with others, is refused by name', async () => {
    cpSync(fixture('kinds'), join(source, 'params.npz'));
    expect(await refusal()).toBe(
      'DictionaryFolderError: FOLDER/source/params.npz: expected an array W_enc of two dimensions, got only half, double, scalar, none',
    );
  });
});

describe('the format of a path', () => {
  it('is found by its files', () => {
    expect(dictionaryFormat(join(folder, 'nowhere'))).toBe(null);
    expect(dictionaryFormat(source)).toBe(null);
    for (const [file, format] of [
      ['cfg.json', 'saelens'],
      ['sae.safetensors', 'sparsify'],
      ['sae_weights.safetensors', 'saelens'],
    ] as const) {
      writeFileSync(join(source, file), '');
      expect(dictionaryFormat(source)).toBe(format);
    }
    expect(dictionaryFormat(join(source, 'cfg.json'))).toBe(null);
  });
});

describe('what is written', () => {
  it.each(RULES)('of $kind has the keys of SAELens 6.18 and no others', async (rule) => {
    await writeSaelens(
      target,
      inMemory(shapeOf(rule), (_, size) => new Float32Array(size)),
    );
    const { metadata, ...cfg } = cfgOf(target);
    expect(Object.keys(cfg)).toEqual([
      'architecture',
      'd_in',
      'd_sae',
      'dtype',
      'device',
      'apply_b_dec_to_input',
      'normalize_activations',
      'reshape_activations',
      ...(rule.kind === 'topk' ? ['k', 'rescale_acts_by_decoder_norm'] : []),
    ]);
    expect(Object.keys(metadata as object)).toEqual([
      'sae_lens_version',
      'sae_lens_training_version',
      'model_name',
      'model_class_name',
      'hook_name',
      'hook_head_index',
      'model_from_pretrained_kwargs',
      'prepend_bos',
      'exclude_special_tokens',
      'sequence_separator_token',
      'context_size',
      'seqpos_slice',
      'dataset_path',
      'neuronpedia_id',
    ]);
    using file = readSafetensors(join(target, 'sae_weights.safetensors'));
    const vectors = {
      standard: ['b_enc'],
      topk: ['b_enc'],
      jumprelu: ['b_enc', 'threshold'],
      gated: ['b_gate', 'b_mag', 'r_mag'],
    };
    expect([...file.tensors.keys()].toSorted()).toEqual(
      ['W_dec', 'W_enc', 'b_dec', ...vectors[rule.kind]].toSorted(),
    );
  });
});
