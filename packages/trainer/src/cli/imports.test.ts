import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeSaelens } from '../dictionary/write-saelens.ts';
import { inMemory } from '../dictionary/testing/memory-dictionary.ts';
import { initialValues } from '../model/initialise.ts';
import { writeForeignModel } from '../model/testing/foreign-model.ts';
import { runCli } from './testing/run-cli.ts';

const config = {
  layers: 2,
  dModel: 6,
  heads: 3,
  dMlp: 24,
  context: 16,
  vocabulary: 11,
  activation: 'gelu_new',
  layerNormEpsilon: 1e-5,
  tied: true,
} as const;

let folder: string;
const at = (...path: string[]): string => join(folder, ...path);
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-import-'));
  writeForeignModel(at('gpt2'), { config, values: initialValues(config, 1), dtype: 'F16', bare: true });
  const shape = {
    width: 6,
    features: 9,
    preEncoderBias: true,
    rescaled: true,
    normalisation: 'none',
  } as const;
  await writeSaelens(
    at('sae'),
    inMemory({ ...shape, rule: { kind: 'topk', k: 2 } }, (_, size) =>
      Array.from({ length: size }, (__, i) => i),
    ),
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

async function cli(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const { code, out, err } = await runCli(...args);
  return { code, out: out.replaceAll(folder, 'FOLDER'), err: err.replaceAll(folder, 'FOLDER') };
}

describe('monosema import', () => {
  it('writes a model, and says what it is', async () => {
    expect(await cli('import', at('gpt2'), '--to', at('new'))).toEqual({
      code: 0,
      out: 'wrote a GPT-2 of 2 layers, 6 wide, with 11 tokens, to FOLDER/new\n',
      err: '',
    });
    expect(existsSync(at('new/model.safetensors'))).toBe(true);
  });

  it('writes a dictionary, into an empty folder too, for machines', async () => {
    mkdirSync(at('new'));
    const { code, out } = await cli('import', at('sae'), '--to', at('new'), '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      kind: 'dictionary',
      format: 'saelens',
      architecture: 'topk',
      width: 6,
      features: 9,
      folder: 'FOLDER/new',
    });
    expect(JSON.parse(readFileSync(at('new/cfg.json'), 'utf8'))).toMatchObject({
      architecture: 'topk',
      k: 2,
    });
  });

  const none =
    'import: expected a folder with config.json (a model) or cfg.json (a dictionary), or a params.npz, got';
  it.each([
    ['nowhere', 'new', `${none} no FOLDER/nowhere`],
    ['.', 'new', `${none} none of them in FOLDER`],
    [
      'gpt2',
      'sae',
      'import: expected a new or an empty folder, got FOLDER/sae with files in it; choose another --to',
    ],
  ])('refuses what makes no sense: %s to %s', async (source, to, sentence) => {
    expect(await cli('import', at(source), '--to', at(to))).toEqual({
      code: 2,
      out: '',
      err: `${sentence}\n`,
    });
    expect(existsSync(at('new'))).toBe(false);
  });

  it('asks where to', async () => {
    expect(await cli('import', at('gpt2'))).toEqual({
      code: 2,
      out: '',
      err: "error: required option '--to <dir>' not specified\n",
    });
  });

  it('says in a sentence what is wrong with a file, and leaves nothing', async () => {
    writeFileSync(at('gpt2/config.json'), '{');
    expect(await cli('import', at('gpt2'), '--to', at('new'))).toEqual({
      code: 2,
      out: '',
      err: 'FOLDER/gpt2/config.json: expected the configuration of a GPT-2 model, got text that is not JSON\n',
    });
    expect(existsSync(at('new'))).toBe(false);
  });
});

describe('a study of an imported model is refused in a sentence', () => {
  it.each<[string, Record<string, unknown>, string]>([
    [
      'when the model is not there',
      { transformer: { import: 'nowhere' } },
      'FOLDER/nowhere/config.json: expected the configuration of a GPT-2 model, got no such file',
    ],
    [
      'when its contexts are longer than the model has positions',
      { transformer: { import: 'gpt2', context: 64 } },
      'config: transformer.context: expected at most the 16 positions of FOLDER/gpt2, got 64',
    ],
    [
      'when the default contexts are',
      { transformer: { import: 'gpt2' } },
      'config: transformer.context: expected at most the 16 positions of FOLDER/gpt2, got 64',
    ],
    [
      'when the model has no such layer',
      {
        transformer: { import: 'gpt2', context: 16 },
        dictionaries: {
          layer: 2,
          positionsPerContext: 8,
          list: [{ id: 'A/1', expansion: 1, l1Coefficient: 1 }],
        },
        analysis: { window: 8 },
      },
      'config: dictionaries.layer: expected less than transformer.layers = 2, got 2',
    ],
    [
      'when a dictionary is of a second model',
      {
        transformer: { import: 'gpt2', context: 16, models: ['C', 'D'] },
        dictionaries: { positionsPerContext: 8, list: [{ id: 'D/1', expansion: 1, l1Coefficient: 1 }] },
        analysis: { window: 8 },
      },
      'config: dictionaries.list.0.id: expected a model of transformer.models (C), got D/1',
    ],
    [
      'when a width of the site is no whole number of features',
      {
        transformer: { import: 'gpt2', context: 16 },
        dictionaries: {
          site: 'residual-post',
          positionsPerContext: 8,
          list: [{ id: 'A/1', expansion: 1.25, l1Coefficient: 1 }],
        },
        analysis: { window: 8 },
      },
      'config: dictionaries.list.0.expansion: expected a whole number of features, got 1.25 times transformer.dModel = 6',
    ],
  ])('%s', async (_, change, sentence) => {
    writeFileSync(at('study.json'), JSON.stringify({ name: 'x', corpus: { path: 'text.jsonl' }, ...change }));
    expect(await cli('status', at('study.json'))).toEqual({ code: 2, out: '', err: `${sentence}\n` });
  });
});
