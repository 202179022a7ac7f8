import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './testing/run-cli.ts';

let folder: string;
const at = (...path: string[]): string => join(folder, ...path);
const json = (...path: string[]): Record<string, unknown> =>
  JSON.parse(readFileSync(at(...path), 'utf8')) as Record<string, unknown>;

/** Sizes shared by the studies: what is measured must not depend on who trained what. */
const common = {
  seed: 3,
  corpus: { path: 'text.jsonl' },
  analysis: { window: 8, evaluationTokens: 2048, lossTokens: 512, topExamples: 4 },
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
  return at(`${name}.json`);
}

const run = (name: string, study: string) => runCli('run', study, '--out', at('out', name));

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
  const ran = await run('made', made);
  expect(ran.err).toMatch(/made: all 4 stages done/);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

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
    const { code, err } = await run('taken', study);
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

    const again = await run('taken', study);
    expect(again.err.match(/up to date/g)).toHaveLength(4);
  });

  it('trains dictionaries on the residual stream of it, and analyses them', async () => {
    const study = writeStudy('stream', {
      transformer: { import: 'out/made/models/A', context: 12 },
      dictionaries: {
        ...stream,
        site: 'residual-pre',
        layer: 1,
        list: [{ id: 'A/1', expansion: 2, l1Coefficient: 2 }],
      },
    });
    const { code, err } = await run('stream', study);
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

  it('takes no dictionary of another site', async () => {
    const study = writeStudy('elsewhere', {
      transformer: { import: 'out/made/models/A', context: 16 },
      dictionaries: {
        layer: 0,
        positionsPerContext: 8,
        list: [],
        imports: [{ id: 'A/1', path: 'out/made/dictionaries/A/1' }],
      },
    });
    const { code, err } = await run('elsewhere', study);
    expect(err).toMatch(
      /cfg.json: expected a dictionary of blocks.0.mlp.hook_post, as dictionaries.site and layer say, got one of blocks.1.mlp.hook_post\n$/,
    );
    expect(code).toBe(2);
  });
});

describe('activations in files', () => {
  it('are written by harvest, and dictionaries are trained on them without any model', async () => {
    const harvested = await runCli('harvest', at('made.json'), '--out', at('out/made'));
    expect(harvested.err).toMatch(/harvest A: 2,048 vectors of blocks.1.mlp.hook_post in 1 shard\n/);
    const study = writeStudy('shards', {
      corpus: { path: 'no-corpus-is-read' },
      transformer: { layers: 2 },
      dictionaries: {
        ...stream,
        layer: 1,
        shards: [{ model: 'A', path: 'out/made/activations/A' }],
        list: [{ id: 'A/1', expansion: 2, l1Coefficient: 2 }],
      },
    });
    const { code, err } = await runCli('train-dictionary', study, '--out', at('out/shards'));
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(json('out/shards/dictionaries/A/1/cfg.json')).toMatchObject({
      d_in: 32,
      d_sae: 64,
      metadata: { model_name: 'made/A', hook_name: 'blocks.1.mlp.hook_post' },
    });
    expect(readdirSync(at('out/shards')).toSorted()).toEqual(['dictionaries', 'study.json']);
  });
});
