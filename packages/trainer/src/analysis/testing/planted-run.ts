import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Gpu } from '@monosema/engine';
import { runFolder } from '../../artefacts/run-folder.ts';
import type { StageContext } from '../../artefacts/stage-context.ts';
import type { StageResult } from '../../artefacts/stage-file.ts';
import { CONTROL } from '../../config/control.ts';
import { checkStudy } from '../../config/check-study.ts';
import { saveDictionary } from '../../dictionary/dictionary-folder.ts';
import { saveModel } from '../../model/model-folder.ts';
import { TokenShardWriter } from '../../tokens/token-shard-writer.ts';
import { saveTokenizer } from '../../tokens/tokenizer-file.ts';
import { trainBytePair } from '../../tokens/train-byte-pair.ts';
import { plantedDictionary, plantedModel } from './planted-model.ts';
import type { PlantedDocument } from './planted-text.ts';

/** Widths of the planted dictionaries; model B and the control have the middle one only. */
export const WIDTHS = { 'A/0': 12, 'A/1': 24, 'A/2': 48, 'B/1': 24, 'R/1': 24 } as const;

/** A run folder with two models and a control, dictionaries and validation text, as the stages before the analysis leave it. */
export async function plantedRun(
  gpu: Gpu,
  root: string,
  documents: readonly PlantedDocument[],
  analysis: Record<string, unknown>,
): Promise<StageContext & { readonly said: string[] }> {
  const run = runFolder(root);
  const tokenizer = trainBytePair(
    documents.map(({ text }) => text),
    { vocabulary: 290 },
  );
  mkdirSync(run.tokens, { recursive: true });
  saveTokenizer(run.tokenizer, tokenizer);
  using writer = new TokenShardWriter(run.validationTokens, tokenizer);
  for (const document of documents) writer.append(document, tokenizer.encode(document.text));
  writer.finish();
  const study = checkStudy({
    name: 'planted',
    corpus: { path: '/somewhere/private/corpus' },
    transformer: { dModel: 16, heads: 2, dMlp: 24, context: 8 },
    dictionaries: {
      positionsPerContext: 4,
      list: Object.entries(WIDTHS).map(([id, features]) => ({
        id,
        expansion: features / 24,
        l1Coefficient: 1,
      })),
    },
    analysis,
  });
  const facts = new Map<string, Record<string, unknown>>();
  facts.set('tokenize', {
    documents: documents.length,
    bytes: 1,
    trainTokens: 1,
    validationTokens: writer.tokens,
    domains: [
      {
        domain: 'letters',
        documents: 1,
        bytes: 1,
        trainTokens: 1,
        validationDocuments: 1,
        validationTokens: 1,
      },
    ],
  });
  for (const letter of [...study.transformer.models, CONTROL]) {
    const { config, parameters } = plantedModel(gpu, letter, { vocabulary: tokenizer.size, context: 8 });
    await saveModel(gpu, run.model(letter), config, parameters);
    const losses = { trainLoss: 1, validationLoss: 1, unigramLoss: 1, bigramLoss: 1 };
    const history = Array.from({ length: 900 }, (_, i) => ({
      step: i + 1,
      tokens: 8 * i,
      loss: 1 / (i + 1),
    }));
    facts.set(letter === CONTROL ? `shuffle-model ${letter}` : `train-model ${letter}`, {
      config,
      parameters: 1,
      seed: 1,
      trainingTokens: 1,
      validationTokens: 1,
      ...losses,
      history,
    });
    const dictionaries: Record<string, unknown> = {};
    for (const [id, features] of Object.entries(WIDTHS).filter(([name]) => name.startsWith(letter))) {
      const { dictionary } = plantedDictionary(gpu, id, config.dMlp, features);
      await saveDictionary(gpu, run.dictionary(id), dictionary, {
        scale: 1,
        density: new Float32Array(features),
        modelName: letter,
        hookName: 'blocks.0.mlp.hook_post',
        context: 8,
        datasetPath: '',
        provenance: {},
      });
      const curve = [{ step: 1, reconstruction: 1, sparsity: 1, l0: 1, dead: 0 }];
      dictionaries[id] = {
        architecture: 'paper',
        vectors: 1,
        l1Coefficient: 1,
        finalLoss: 1,
        resamplings: [],
        windows: [],
        validations: [],
        history: curve,
      };
    }
    facts.set(`train-dictionary ${letter}`, { dictionaries });
  }
  const folder = run.records;
  const checkpoint = join(folder, 'checkpoint');
  mkdirSync(checkpoint, { recursive: true });
  const said: string[] = [];
  return {
    study,
    run,
    model: null,
    folder,
    checkpoint,
    seed: 1,
    inputs: [...facts].map(
      ([stage, found]) =>
        ({ stage, facts: found, hash: stage, key: stage, seconds: 1 }) as unknown as StageResult,
    ),
    device: () => Promise.resolve(gpu),
    say: (line) => said.push(line),
    progress: () => {},
    now: () => performance.now(),
    signal: new AbortController().signal,
    said,
  };
}
