import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDevice, type Gpu } from '@monosema/engine';
import { asHardware } from '@monosema/engine/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  readSafetensors,
  writeSafetensors,
  type TensorData,
  type TensorToWrite,
} from '../artefacts/safetensors.ts';
import { GOLDEN_TOLERANCE, runGolden } from './golden.ts';

const FILES = fileURLToPath(new URL('../../../../test/golden/', import.meta.url));
const goldenFiles = readdirSync(FILES).filter((name) => name.endsWith('.safetensors'));

let gpu: Gpu;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-golden-'));
  gpu = await openDevice();
});
afterAll(() => {
  gpu.close();
  rmSync(folder, { recursive: true });
});

interface Draft {
  readonly tensors: Record<string, TensorToWrite>;
  metadata: Record<string, string>;
}

/** A copy of a golden file that `change` has had its hands on. */
function altered(name: string, change: (draft: Draft) => void): string {
  using file = readSafetensors(join(FILES, name));
  const draft: Draft = { tensors: {}, metadata: { ...file.metadata } };
  for (const { name: tensor, shape } of file.tensors.values())
    draft.tensors[tensor] = { shape, data: file.read(tensor) };
  change(draft);
  const path = join(folder, name);
  writeSafetensors(path, draft.tensors, draft.metadata);
  return path;
}

const offBy = (data: TensorData, factor: number): Float32Array<ArrayBuffer> => {
  const values = Float32Array.from(data as Float32Array);
  const at = values.reduce((best, value, i) => (Math.abs(value) > Math.abs(values[best]!) ? i : best), 0);
  values[at]! *= 1 + factor;
  return values;
};

describe('golden files', () => {
  it('are here for the transformer and for each kind of dictionary', () => {
    for (const kind of ['gpt2-', 'sae-standard', 'sae-topk', 'sae-batchtopk', 'sae-jumprelu'])
      expect(goldenFiles.some((name) => name.startsWith(kind))).toBe(true);
  });

  it.each(goldenFiles)('%s: every tensor is within the tolerance on this adapter', async (name) => {
    const errors = await runGolden(gpu, join(FILES, name));
    expect(errors.filter(({ error }) => !(error <= GOLDEN_TOLERANCE))).toEqual([]);
    using file = readSafetensors(join(FILES, name));
    const results = [...file.tensors.keys()].filter((tensor) => !/^(params\.|tokens$|x$)/.test(tensor));
    expect(errors.map(({ tensor }) => tensor).toSorted()).toEqual(results.toSorted());
  });
});

describe('golden files with the kernels of hardware', () => {
  it.each(['gpt2-1l-relu.safetensors', 'sae-standard.safetensors', 'sae-batchtopk-1030.safetensors'])(
    '%s: every tensor is within the tolerance',
    async (name) => {
      const errors = await runGolden(asHardware(gpu), join(FILES, name));
      expect(errors.filter(({ error }) => !(error <= GOLDEN_TOLERANCE))).toEqual([]);
    },
  );
});

describe('a golden file that is wrong in one number', () => {
  it.each([
    ['gpt2-2l-gelu.safetensors', 'logits'],
    ['gpt2-2l-gelu.safetensors', 'grads.transformer.h.1.attn.c_attn.weight'],
    ['gpt2-2l-gelu.safetensors', 'after.transformer.h.0.ln_2.bias'],
    ['sae-jumprelu.safetensors', 'grads.threshold'],
    ['sae-jumprelu.safetensors', 'losses'],
    ['sae-topk.safetensors', 'feature_acts'],
    ['sae-standard.safetensors', 'after.W_dec'],
  ])('%s: %s alone is found', async (name, tensor) => {
    const path = altered(name, ({ tensors }) => {
      tensors[tensor] = { ...tensors[tensor]!, data: offBy(tensors[tensor]!.data, 3e-4) };
    });
    const wrong = (await runGolden(gpu, path)).filter(({ error }) => !(error <= GOLDEN_TOLERANCE));
    expect(wrong.map((found) => found.tensor)).toEqual([tensor]);
  });

  it('is found where the number is not one', async () => {
    const path = altered('sae-standard.safetensors', ({ tensors }) => {
      tensors['losses'] = { shape: [3], data: Float32Array.of(NaN, 1, 1) };
    });
    expect(await runGolden(gpu, path)).toContainEqual({ tensor: 'losses', error: Infinity });
  });
});

describe('metadata that says less', () => {
  it('is completed from the shapes', async () => {
    const keep = (draft: Draft, keys: string[]): void => {
      const adam = Object.keys(draft.metadata).filter((key) => key.startsWith('adam_'));
      draft.metadata = Object.fromEntries([...keys, ...adam].map((key) => [key, draft.metadata[key]!]));
    };
    for (const path of [
      altered('gpt2-2l-tied-gelu.safetensors', (draft) => keep(draft, ['kind', 'activation', 'n_head'])),
      altered('gpt2-2l-gelu.safetensors', (draft) => keep(draft, ['kind', 'activation', 'n_head'])),
      altered('sae-topk.safetensors', (draft) => keep(draft, ['kind', 'k'])),
      altered('sae-standard.safetensors', (draft) => keep(draft, ['kind', 'l1_coefficient'])),
    ])
      expect((await runGolden(gpu, path)).every(({ error }) => error <= GOLDEN_TOLERANCE)).toBe(true);
  });

  it('may spell true and false in small letters, and what is left open as None', async () => {
    const path = altered('gpt2-2l-tied-gelu.safetensors', ({ metadata }) => {
      metadata['tie_word_embeddings'] = 'true';
      metadata['n_inner'] = 'None';
    });
    expect((await runGolden(gpu, path)).every(({ error }) => error <= GOLDEN_TOLERANCE)).toBe(true);
  });
});

describe('a file that is no case', () => {
  const GPT2 = 'gpt2-2l-gelu.safetensors';
  const SAE = 'sae-jumprelu.safetensors';
  it.each<[string, string, (draft: Draft) => void, string]>([
    [
      'of an unknown kind',
      GPT2,
      ({ metadata }) => void (metadata['kind'] = 'llama'),
      'expected a kind of gpt2, sae-standard, sae-topk, sae-batchtopk, sae-jumprelu, got "llama"',
    ],
    [
      'without metadata',
      SAE,
      (draft) => void (draft.metadata = {}),
      'expected "kind" in the metadata, got only none',
    ],
    [
      'without the bandwidth',
      SAE,
      ({ metadata }) => void delete metadata['bandwidth'],
      'expected "bandwidth" in the metadata, got only kind, d_in',
    ],
    [
      'with a size in words',
      GPT2,
      ({ metadata }) => void (metadata['n_embd'] = 'sixteen'),
      'expected a number for "n_embd", got "sixteen"',
    ],
    [
      'with an unknown activation',
      GPT2,
      ({ metadata }) => void (metadata['activation'] = 'silu'),
      'expected an activation of relu, gelu, gelu_new, got "silu"',
    ],
    [
      'with heads that do not divide the width',
      GPT2,
      ({ metadata }) => void (metadata['n_head'] = '3'),
      'expected an n_head that divides n_embd 16, got 3',
    ],
    [
      'with neither true nor false',
      GPT2,
      ({ metadata }) => void (metadata['tie_word_embeddings'] = 'perhaps'),
      'expected True or False for "tie_word_embeddings", got "perhaps"',
    ],
    [
      'without a parameter',
      GPT2,
      ({ tensors }) => void delete tensors['params.transformer.h.1.ln_2.bias'],
      'expected a tensor params.transformer.h.1.ln_2.bias, got ',
    ],
    [
      'without thresholds',
      SAE,
      ({ tensors }) => void delete tensors['params.threshold'],
      'expected a tensor params.threshold, got ',
    ],
    [
      'without a result',
      SAE,
      ({ tensors }) => void delete tensors['grads.b_dec'],
      'expected a tensor grads.b_dec, got ',
    ],
    [
      'with a transposed encoder',
      SAE,
      ({ tensors }) => void (tensors['params.W_enc'] = { ...tensors['params.W_enc']!, shape: [128, 32] }),
      'expected params.W_enc of shape (32,128), got (128,32)',
    ],
    [
      'with another batch than it says',
      SAE,
      ({ metadata }) => void (metadata['batch'] = '8'),
      'expected x of shape (3,8,32), got (3,24,32)',
    ],
    [
      'with a result of another size',
      SAE,
      ({ tensors }) => void (tensors['losses'] = { shape: [2], data: Float32Array.of(1, 2) }),
      'expected losses to hold 3 numbers, got 2 in shape (2)',
    ],
    [
      'with a token outside its vocabulary',
      GPT2,
      ({ tensors }) => void (tensors['tokens']!.data[5] = 64),
      'expected tokens from 0 to 63 as vocab_size says, got 64',
    ],
  ])('%s is refused in one sentence', async (_, name, change, sentence) => {
    const path = altered(name, change);
    const failure = await runGolden(gpu, path).catch((error: Error) => error);
    expect(failure).toBeInstanceOf(Error);
    const { message, name: kind } = failure as Error;
    expect(message.startsWith(`${path}: ${sentence}`), message).toBe(true);
    expect(message).not.toContain('\n');
    expect(kind).toMatch(/^(GoldenFileError|SafetensorsError)$/);
  });
});
