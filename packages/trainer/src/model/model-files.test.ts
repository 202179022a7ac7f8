import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSafetensors } from '../artefacts/safetensors.ts';
import { rounded, type ForeignTensor } from '../artefacts/testing/foreign-file.ts';
import { initialValues } from './initialise.ts';
import { openModel } from './model-files.ts';
import { copyModel } from './model-folder.ts';
import { parameterShapes, type TransformerConfig } from './parameters.ts';
import { writeForeignModel, type ForeignModel } from './testing/foreign-model.ts';

const config: TransformerConfig = {
  layers: 2,
  dModel: 6,
  heads: 3,
  dMlp: 24,
  context: 5,
  vocabulary: 11,
  activation: 'gelu_new',
  layerNormEpsilon: 1e-5,
  tied: true,
};
const values = initialValues(config, 1);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-foreign-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (change: Partial<ForeignModel> = {}): void =>
  writeForeignModel(folder, { config, values, ...change });

/** What opening the folder says, the folder's name taken out. */
function refusal(): string {
  try {
    openModel(folder)[Symbol.dispose]();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message.replaceAll(folder, 'FOLDER')}`;
  }
  return 'accepted';
}

describe('a model from elsewhere', () => {
  const untied = { ...config, tied: false };
  it.each<[string, Partial<ForeignModel>]>([
    ['as it is saved from a GPT2LMHeadModel', {}],
    ['without the prefix, as it is saved from a GPT2Model', { bare: true }],
    ['in half precision', { dtype: 'F16' }],
    ['in bfloat16', { dtype: 'BF16' }],
    ['spread over files with an index', { shards: 3 }],
    ['spread over files, bare, in bfloat16', { shards: 2, bare: true, dtype: 'BF16' }],
    ['untied', { config: untied, values: initialValues(untied, 1) }],
    ['untied and bare', { config: untied, values: initialValues(untied, 1), bare: true }],
  ])('%s is read number by number', (_, change) => {
    write(change);
    const { config: of = config, values: want = values, dtype = 'F32' } = change;
    using files = openModel(folder);
    expect(files.config).toEqual(of);
    for (const name of parameterShapes(of).keys()) {
      const stored = Float32Array.from(want(name), (value) => rounded(dtype, value));
      expect(files.read(name), name).toEqual(stored);
      expect(files.read(name, 1, 3), name).toEqual(stored.slice(1, 4));
    }
  });

  it.each([false, true])('may carry the masks of old checkpoints (bare: %s)', (bare) => {
    const prefix = bare ? '' : 'transformer.';
    write({
      bare,
      change: (tensors) => {
        for (const layer of [0, 1]) {
          tensors[`${prefix}h.${layer}.attn.bias`] = { dtype: 'BOOL', shape: [1, 1, 5, 5] };
          tensors[`${prefix}h.${layer}.attn.masked_bias`] = { dtype: 'F32', shape: [] };
        }
      },
    });
    expect(refusal()).toBe('accepted');
  });

  it('may repeat its token table as the unembedding that is tied to it, but no other numbers', () => {
    const head = (numbers: ArrayLike<number>) => (tensors: Record<string, ForeignTensor>) => {
      tensors['lm_head.weight'] = { dtype: 'F32', shape: [11, 6], values: numbers };
    };
    const table = values('transformer.wte.weight');
    write({ change: head(table) });
    expect(refusal()).toBe('accepted');
    write({ change: head(Array.from(table, (value, i) => (i === 65 ? -value : value))) });
    expect(refusal()).toBe(
      'ModelFolderError: FOLDER/model.safetensors: expected lm_head.weight to repeat wte.weight, as config.json ties them, got other numbers; set tie_word_embeddings to false if they are meant',
    );
  });

  it('means what transformers means by the keys that its config.json leaves out', () => {
    write({
      json: {
        n_inner: null,
        model_type: undefined,
        activation_function: undefined,
        layer_norm_epsilon: undefined,
        tie_word_embeddings: undefined,
        scale_attn_weights: undefined,
        scale_attn_by_inverse_layer_idx: undefined,
        n_ctx: undefined,
        summary_type: 'cls_index',
        task_specific_params: { 'text-generation': { do_sample: true } },
      },
    });
    using files = openModel(folder);
    expect(files.config).toEqual(config);
  });

  it('may call its activation by either of the two names of one function', () => {
    write({ json: { activation_function: 'gelu_pytorch_tanh' } });
    using files = openModel(folder);
    expect(files.config.activation).toBe('gelu_new');
  });
});

describe('a copy', () => {
  let copied: string;
  beforeEach(() => {
    copied = join(folder, 'copied');
  });

  it.each<[string, Partial<ForeignModel>]>([
    ['plain', {}],
    ['bare, in shards of half precision', { bare: true, shards: 2, dtype: 'F16' }],
  ])('of a model (%s) is in the one layout, with the same numbers and the same end of text', (_, change) => {
    write({ ...change, json: { eos_token_id: 7 } });
    expect(copyModel(folder, copied)).toEqual(config);
    using file = readSafetensors(join(copied, 'model.safetensors'));
    expect([...file.tensors.keys()].toSorted()).toEqual([...parameterShapes(config).keys()].toSorted());
    using original = openModel(folder);
    using copy = openModel(copied);
    expect(copy.config).toEqual(config);
    expect(copy.json['eos_token_id']).toBe(7);
    for (const name of parameterShapes(config).keys()) expect(copy.read(name)).toEqual(original.read(name));
  });

  it('of a copy is the same bytes', () => {
    write({ dtype: 'BF16' });
    copyModel(folder, copied);
    copyModel(copied, join(folder, 'again'));
    for (const name of ['config.json', 'model.safetensors'])
      expect(readFileSync(join(folder, 'again', name)).equals(readFileSync(join(copied, name)))).toBe(true);
  });

  it.each([11, -1, 1.5, [1, 2], '7'])('whose texts end in no token of it (%j) is refused', (id) => {
    write({ json: { eos_token_id: id } });
    expect(() => copyModel(folder, copied)).toThrow(
      `config.json: expected a whole number from 0 to ${config.vocabulary - 1} for "eos_token_id", got ${JSON.stringify(id)}; set it to the id of the token that ends a text, or leave it out`,
    );
    expect(existsSync(copied)).toBe(false);
  });

  it('of numbers that are none is refused', () => {
    const wrong = (name: string): ArrayLike<number> =>
      name.endsWith('ln_f.bias') ? [0, 0, Infinity, 0, 0, 0] : values(name);
    write({ values: wrong });
    expect(() => copyModel(folder, copied)).toThrow(
      `${folder}: expected finite numbers in transformer.ln_f.bias, got Infinity; such a model computes nothing`,
    );
    expect(readdirSync(copied)).toEqual([]);
  });

  it('takes the tokenizer along', () => {
    write();
    writeFileSync(join(folder, 'tokenizer.json'), '{"version":"1.0"}');
    copyModel(folder, copied);
    expect(readFileSync(join(copied, 'tokenizer.json'), 'utf8')).toBe('{"version":"1.0"}');
  });
});

describe('a configuration that asks for something else', () => {
  it.each<[Record<string, unknown>, string]>([
    [
      { activation_function: 'silu' },
      'expected an "activation_function" of relu, gelu, gelu_new, got "silu"',
    ],
    [{ activation_function: 3 }, 'expected an "activation_function" of relu, gelu, gelu_new, got 3'],
    [
      { model_type: 'gptj' },
      'expected "model_type" of "gpt2", the only kind that is computed here, got "gptj"',
    ],
    [
      { scale_attn_by_inverse_layer_idx: true },
      'expected "scale_attn_by_inverse_layer_idx" of false, the only kind that is computed here, got true',
    ],
    [{ scale_attn_weights: false }, 'expected "scale_attn_weights" of true, the only kind'],
    [{ add_cross_attention: true }, 'expected "add_cross_attention" of false, the only kind'],
    [{ quantization_config: { bits: 4 } }, 'expected "quantization_config" of null, the only kind'],
    [{ pruned_heads: { 0: [1] } }, 'expected "pruned_heads" to be empty, got {"0":[1]}'],
    [{ n_head: '3' }, 'expected a positive whole number for "n_head", got "3"'],
    [{ n_head: 4 }, 'expected an "n_head" that divides n_embd = 6, got 4'],
    [{ n_layer: 0 }, 'expected a positive whole number for "n_layer", got 0'],
    [{ n_inner: 2.5 }, 'expected a positive whole number for "n_inner", got 2.5'],
    [{ vocab_size: undefined }, 'expected a positive whole number for "vocab_size", got nothing'],
    [{ layer_norm_epsilon: -1 }, 'expected a positive number for "layer_norm_epsilon", got -1'],
    [{ tie_word_embeddings: 'yes' }, 'expected true or false for "tie_word_embeddings", got "yes"'],
  ])('is refused by the key: %j', (json, sentence) => {
    write({ json });
    expect(refusal().startsWith(`ModelFolderError: FOLDER/config.json: ${sentence}`), refusal()).toBe(true);
  });

  it.each([
    ['', 'text that is not JSON'],
    ['{"n_layer": 2', 'text that is not JSON'],
    ['[]', 'a list'],
    ['null', 'null'],
  ])('or is no object at all, is refused in a sentence: %j', (text, got) => {
    write();
    writeFileSync(join(folder, 'config.json'), text);
    expect(refusal()).toBe(
      `ModelFolderError: FOLDER/config.json: expected the configuration of a GPT-2 model, got ${got}`,
    );
  });

  it('or is not there, is refused in a sentence', () => {
    rmSync(join(folder, 'config.json'), { force: true });
    expect(refusal()).toBe(
      'ModelFolderError: FOLDER/config.json: expected the configuration of a GPT-2 model, got no such file',
    );
  });
});

describe('weights that are not those of the configuration', () => {
  const missing = (name: string) => (tensors: Record<string, ForeignTensor>) => void delete tensors[name];
  it.each<[string, Partial<ForeignModel>, string]>([
    [
      'a tensor missing',
      { change: missing('transformer.ln_f.bias') },
      'expected a tensor transformer.ln_f.bias of shape (6), got none',
    ],
    [
      'a tensor missing of a bare model',
      { bare: true, change: missing('h.1.mlp.c_fc.weight') },
      'expected a tensor h.1.mlp.c_fc.weight of shape (6,24), got none',
    ],
    [
      'no unembedding where it is not tied',
      { json: { tie_word_embeddings: false } },
      'expected a tensor lm_head.weight of shape (11,6), got none',
    ],
    [
      'a width that differs',
      { json: { n_embd: 9 } },
      'expected transformer.wte.weight of shape (11,9) as config.json says, got (11,6)',
    ],
    [
      'matrices of torch.nn.Linear, outputs first',
      {
        change: (tensors) => {
          tensors['transformer.h.0.attn.c_attn.weight'] = { dtype: 'F32', shape: [18, 6] };
        },
      },
      'expected transformer.h.0.attn.c_attn.weight of shape (6,18) as config.json says, got (18,6)',
    ],
    [
      'more layers than it says',
      { json: { n_layer: 1 } },
      'expected the tensors of a GPT-2 of 1 layer, got also transformer.h.1.ln_1.weight of shape (6)',
    ],
    [
      'fewer layers than it says, were it a million million',
      { json: { n_layer: 10 ** 12 } },
      'expected 1000000000000 layers as config.json says, got no tensor transformer.h.2.ln_1.weight',
    ],
    [
      'the head of another task',
      { change: (tensors) => void (tensors['score.weight'] = { dtype: 'F32', shape: [2, 6] }) },
      'expected the tensors of a GPT-2 of 2 layers, got also score.weight of shape (2,6)',
    ],
    [
      'integers',
      { change: (tensors) => void (tensors['transformer.ln_f.weight'] = { dtype: 'I64', shape: [6] }) },
      'expected transformer.ln_f.weight to hold floats, got I64',
    ],
  ])('%s: refused by name', (_, change, sentence) => {
    write(change);
    expect(refusal()).toBe(`ModelFolderError: FOLDER/model.safetensors: ${sentence}`);
  });

  it('none at all: refused in a sentence', () => {
    write();
    rmSync(join(folder, 'model.safetensors'));
    expect(refusal()).toBe(
      "ModelFolderError: FOLDER: expected model.safetensors or model.safetensors.index.json, got neither; name a model's folder",
    );
  });

  it('a file cut short: refused in a sentence', () => {
    write();
    truncateSync(join(folder, 'model.safetensors'), 5000);
    expect(refusal()).toMatch(/^SafetensorsError: FOLDER\/model.safetensors: [^\n]+$/);
  });
});

describe('an index that does not fit its files', () => {
  const first = 'model-00001-of-00002.safetensors';
  it.each<[string, (map: Record<string, unknown>) => unknown, string]>([
    ['no map', () => ({}), 'expected a "weight_map" of tensors to files, got nothing'],
    ['a list', () => ({ weight_map: [] }), 'expected a "weight_map" of tensors to files, got []'],
    [
      'a path out of the folder',
      (map) => ({ weight_map: { ...map, 'transformer.wte.weight': `../${first}` } }),
      `expected a .safetensors file of the same folder for transformer.wte.weight, got "../${first}"`,
    ],
    [
      'a file that is not there',
      (map) => ({ weight_map: { ...map, 'transformer.wte.weight': 'other.safetensors' } }),
      'expected a file other.safetensors beside it, which holds transformer.wte.weight, got none',
    ],
    [
      'the wrong file',
      (map) => ({ weight_map: { ...map, 'transformer.wpe.weight': first } }),
      `expected transformer.wpe.weight to be in ${first}, got no such tensor there`,
    ],
    [
      'a tensor left out',
      (map) => ({ weight_map: { ...map, 'transformer.wte.weight': undefined } }),
      `expected every tensor of ${first} to be named, got none for transformer.wte.weight`,
    ],
  ])('%s: refused in a sentence', (_, change, sentence) => {
    write({ shards: 2 });
    const path = join(folder, 'model.safetensors.index.json');
    const { weight_map: map } = JSON.parse(readFileSync(path, 'utf8')) as {
      weight_map: Record<string, unknown>;
    };
    writeFileSync(path, JSON.stringify(change(map)));
    expect(refusal()).toBe(`ModelFolderError: FOLDER/model.safetensors.index.json: ${sentence}`);
  });
});
