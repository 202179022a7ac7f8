import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli, type Ended } from './testing/spawn-cli.ts';

let folder: string;
const at = (...path: string[]): string => join(folder, ...path);
const json = (...path: string[]): Record<string, unknown> =>
  JSON.parse(readFileSync(at(...path), 'utf8')) as Record<string, unknown>;
const cli = (...args: string[]): Promise<Ended> => spawnCli(args, { cwd: folder });

/** Sizes shared by the studies: what is measured must not depend on who trained what. */
const common = {
  seed: 3,
  corpus: { path: 'text.jsonl' },
  analysis: { window: 8, evaluationTokens: 2048, lossTokens: 512, topExamples: 4, intervals: 2 },
};
const stream = {
  vectors: 2048,
  batch: 64,
  positionsPerContext: 8,
  bufferVectors: 512,
  resampling: { windowVectors: 256, sampleVectors: 256 },
};

function writeStudy(name: string, study: Record<string, unknown>): string {
  writeFileSync(at(`${name}.json`), JSON.stringify({ name, ...common, ...study }));
  return `${name}.json`;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-imports-'));
  const lines = Array.from({ length: 200 }, (_, i) =>
    JSON.stringify({ text: `Document ${i} counts to ${i * i}, and back again. `.repeat(4) }),
  );
  writeFileSync(at('text.jsonl'), lines.join('\n'));
  const made = writeStudy('made', {
    tokenizer: { vocabulary: 300 },
    transformer: {
      layers: 2,
      dModel: 16,
      heads: 2,
      dMlp: 32,
      context: 16,
      activation: 'gelu_new',
      models: ['A'],
      tokens: 20_000,
      batchContexts: 8,
    },
    dictionaries: { ...stream, layer: 1, list: [{ id: 'A/1', expansion: 2, l1Coefficient: 2 }] },
  });
  const ran = await cli('run', made);
  expect(ran.err).toMatch(/made: all 4 stages done/);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('monosema import', () => {
  it('writes a model of a run, and a dictionary, as they are', async () => {
    const model = await cli('import', 'out/made/models/A', '--to', 'model');
    expect(model).toMatchObject({
      code: 0,
      out: 'wrote a GPT-2 of 2 layers, 16 wide, with 300 tokens, to model\n',
    });
    for (const name of ['config.json', 'model.safetensors', 'tokenizer.json'])
      expect(readFileSync(at('model', name)).equals(readFileSync(at('out/made/models/A', name)))).toBe(true);

    const dictionary = await cli('import', 'out/made/dictionaries/A/1', '--to', 'dictionary', '--json');
    expect(JSON.parse(dictionary.out)).toEqual({
      kind: 'dictionary',
      format: 'saelens',
      architecture: 'standard',
      width: 32,
      features: 64,
      folder: 'dictionary',
    });
    for (const name of ['cfg.json', 'sae_weights.safetensors', 'sparsity.safetensors'])
      expect(
        readFileSync(at('dictionary', name)).equals(readFileSync(at('out/made/dictionaries/A/1', name))),
      ).toBe(true);
  });

  it.each([
    [
      ['import', 'nowhere', '--to', 'new'],
      'import: expected a folder with config.json (a model) or cfg.json (a dictionary), or a params.npz, got no nowhere\n',
    ],
    [
      ['import', '.', '--to', 'new'],
      'import: expected a folder with config.json (a model) or cfg.json (a dictionary), or a params.npz, got none of them in .\n',
    ],
    [
      ['import', 'out/made/models/A', '--to', 'out'],
      'import: expected a new or an empty folder, got out with files in it; choose another --to\n',
    ],
    [['import', 'out/made/models/A'], "error: required option '--to <dir>' not specified\n"],
  ])('refuses what makes no sense: %j', async (args, sentence) => {
    expect(await cli(...args)).toEqual({ code: 2, out: '', err: sentence });
    expect(existsSync(at('new'))).toBe(false);
  });

  it('says in a sentence what is wrong with a file', async () => {
    writeFileSync(at('config.json'), '{');
    const { code, err } = await cli('import', '.', '--to', 'new');
    rmSync(at('config.json'));
    expect({ code, err }).toEqual({
      code: 2,
      err: 'config.json: expected the configuration of a GPT-2 model, got text that is not JSON\n',
    });
  });
});

describe('a study of an imported model', () => {
  it('with an imported dictionary finds what the study that trained them found', async () => {
    const study = writeStudy('taken', {
      transformer: { import: 'out/made/models/A', context: 16 },
      dictionaries: {
        layer: 1,
        positionsPerContext: 8,
        list: [],
        imports: [{ id: 'A/1', path: 'out/made/dictionaries/A/1' }],
      },
    });
    const { code, err } = await cli('run', study);
    expect(err).toMatch(/train-model A: A, 2 layers, as it is; validation loss/);
    expect(err).toMatch(/A\/1: 64 features, imported \(standard\)/);
    expect(code).toBe(0);
    const [made, taken] = ['made', 'taken'].map((name) => json('out', name, 'records/A/1/dictionary.json'));
    expect(taken).toEqual({ ...made, training: null });
    const neurons = ['made', 'taken'].map((name) => json('out', name, 'records/A/neurons/dictionary.json'));
    expect(neurons[1]).toEqual(neurons[0]);
    expect(
      readFileSync(at('out/taken/records/A/1/features.parquet')).equals(
        readFileSync(at('out/made/records/A/1/features.parquet')),
      ),
    ).toBe(true);
    const [ofMade, ofTaken] = ['made', 'taken'].map(
      (name) => (json('out', name, 'records/study.json')['models'] as Record<string, unknown>[])[0]!,
    );
    for (const key of ['layers', 'dModel', 'dMlp', 'vocabulary', 'parameters', 'validationLoss'])
      expect(ofTaken![key], key).toEqual(ofMade![key]);
    // What is published names files, and does not say where they were.
    expect(readFileSync(at('out/taken/records/study.json'), 'utf8')).not.toContain(folder);

    const again = await cli('run', study);
    expect(again.err.match(/up to date/g)).toHaveLength(4);
  });

  it('trains dictionaries on the residual stream of it, and analyses them', async () => {
    const study = writeStudy('stream', {
      transformer: { import: 'model', context: 12 },
      dictionaries: {
        ...stream,
        site: 'residual-pre',
        layer: 1,
        list: [{ id: 'A/1', expansion: 2, l1Coefficient: 2 }],
      },
    });
    const { code, err } = await cli('run', study);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(json('out/stream/dictionaries/A/1/cfg.json')).toMatchObject({
      d_in: 16,
      d_sae: 32,
      metadata: { hook_name: 'blocks.1.hook_resid_pre', context_size: 12 },
    });
    expect(json('out/stream/records/A/1/dictionary.json')).toMatchObject({
      site: 'residual-pre',
      layer: 1,
      activationWidth: 16,
    });
    // The stream has no neurons of its own.
    expect(json('out/stream/records/study.json')['dictionaries']).toEqual(['A/1']);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'a model that is not there',
      { transformer: { import: 'nowhere' } },
      /nowhere\/config.json: expected the configuration of a GPT-2 model, got no such file\n$/,
    ],
    [
      'a context longer than its positions',
      { transformer: { import: 'model', context: 64 } },
      /config: transformer.context: expected at most the 16 positions of .*model, got 64\n$/,
    ],
    [
      'a layer that it has not',
      {
        transformer: { import: 'model', context: 16 },
        dictionaries: { layer: 2, list: [{ id: 'A/1', expansion: 1, l1Coefficient: 1 }] },
      },
      /config: dictionaries.layer: expected less than transformer.layers = 2, got 2/,
    ],
    [
      'a dictionary of another site',
      {
        transformer: { import: 'model', context: 16 },
        dictionaries: {
          layer: 0,
          positionsPerContext: 8,
          list: [],
          imports: [{ id: 'A/1', path: 'dictionary' }],
        },
      },
      /cfg.json: expected a dictionary of blocks.0.mlp.hook_post, as dictionaries.site and layer say, got one of blocks.1.mlp.hook_post\n$/,
    ],
    [
      'no dictionary at all',
      { dictionaries: { list: [] } },
      /config: dictionaries.list: expected a dictionary here or in imports, got none\n$/,
    ],
  ])('refuses %s in a sentence', async (_, change, sentence) => {
    const { code, err } = await cli('run', writeStudy('refused', change));
    expect(err).toMatch(sentence);
    expect(code).toBe(2);
  });
});
