import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Gpu } from '@monosema/engine';
import { packageVersion } from '../artefacts/code-version.ts';
import type { StageContext } from '../artefacts/stage-context.ts';
import type { StageResult } from '../artefacts/stage-file.ts';
import { hashJson } from '../artefacts/stage.ts';
import { CONTROL } from '../config/control.ts';
import type { Study } from '../config/schema.ts';
import type { TransformerConfig } from '../model/parameters.ts';
import type { DictionaryRecord, ModelRecord, StudyInput, StudyRecord } from '../records/schema.ts';
import type { TokenizeFacts } from '../tokens/tokenize-stage.ts';

/** Points of a training curve that a record keeps. */
const CURVE_POINTS = 200;

/** The facts of a finished stage that this one depends on. */
function factsOf(context: StageContext, stage: string): StageResult['facts'] {
  const result = context.inputs.find((input) => input.stage === stage);
  if (result === undefined) throw new Error(`internal: analyze needs the stage ${stage}`);
  return result.facts;
}

/** What training says of a model, or the shuffling of a control. */
export function modelRecordOf(context: StageContext, letter: string): StudyInput['models'][number] {
  const control = letter === CONTROL;
  const stage = control ? `shuffle-model ${letter}` : `train-model ${letter}`;
  const { config, history, ...facts } = factsOf(context, stage) as Omit<ModelRecord, 'id'> & {
    readonly config: TransformerConfig;
  };
  const { layers, dModel, dMlp, heads, vocabulary, activation } = config;
  return {
    id: letter,
    layers,
    dModel,
    dMlp,
    heads,
    context: config.context,
    vocabulary,
    activation,
    shuffleOf: control ? context.study.transformer.models[0]! : null,
    parameters: facts.parameters,
    seed: facts.seed,
    trainingTokens: facts.trainingTokens,
    validationTokens: facts.validationTokens,
    trainLoss: facts.trainLoss,
    validationLoss: facts.validationLoss,
    unigramLoss: facts.unigramLoss,
    bigramLoss: facts.bigramLoss,
    history: thinned(history).map(({ step, tokens, loss }) => ({ step, tokens, loss })),
  };
}

/** What training says of a dictionary; null where it was trained elsewhere. */
export function trainingOf(context: StageContext, id: string): DictionaryRecord['training'] {
  if (context.study.dictionaries.imports.some((item) => item.id === id)) return null;
  const stage = `train-dictionary ${id.slice(0, id.indexOf('/'))}`;
  const { dictionaries } = factsOf(context, stage) as {
    readonly dictionaries: Readonly<Record<string, TrainingFacts>>;
  };
  const facts = dictionaries[id];
  if (facts === undefined) throw new Error(`internal: ${stage} says nothing of ${id}`);
  return {
    architecture: facts.architecture,
    vectors: facts.vectors,
    l1Coefficient: facts.l1Coefficient,
    finalLoss: facts.finalLoss,
    resamplings: facts.resamplings,
    history: thinned(facts.history),
    windows: thinned(facts.windows),
    validations: facts.validations,
    speed: speedOf(context, stage, dictionaries, facts),
  };
}

type TrainingFacts = NonNullable<DictionaryRecord['training']> & {
  /** Of its steps; those that were trained elsewhere have none. */
  readonly flops?: number;
  /** Operations a second that the adapter it was trained on was known to reach. */
  readonly peakFlops?: number | null;
};

/** How fast a stage went as a whole, whatever else it did between its steps. */
function speedOf(
  context: StageContext,
  stage: string,
  dictionaries: Readonly<Record<string, TrainingFacts>>,
  { vectors, peakFlops = null }: TrainingFacts,
): NonNullable<DictionaryRecord['training']>['speed'] {
  const seconds = context.inputs.find((input) => input.stage === stage)!.seconds;
  if (seconds === 0) return null;
  const flops = Object.values(dictionaries).reduce((sum, facts) => sum + (facts.flops ?? 0), 0);
  return {
    vectorsPerSecond: vectors / seconds,
    peakFraction: peakFlops === null ? null : flops / seconds / peakFlops,
  };
}

/** The corpus as tokenize counted it. */
export function corpusOf(context: StageContext): StudyRecord['corpus'] {
  const facts = factsOf(context, 'tokenize') as unknown as TokenizeFacts;
  const { documents, bytes, trainTokens, validationTokens } = facts;
  const domains = facts.domains.flatMap(({ domain, ...counts }) =>
    domain === null
      ? []
      : [
          {
            domain,
            documents: counts.documents,
            bytes: counts.bytes,
            validationTokens: counts.validationTokens,
          },
        ],
  );
  return { documents, bytes, trainTokens, validationTokens, domains };
}

/** A study whose files are named, not located: what is written of it may be published. */
function withoutPlaces(study: Study): Study {
  const { corpus, transformer, dictionaries } = study;
  return {
    ...study,
    corpus: { ...corpus, path: basename(corpus.path) },
    transformer: {
      ...transformer,
      import: transformer.import === null ? null : basename(transformer.import),
    },
    dictionaries: {
      ...dictionaries,
      imports: dictionaries.imports.map((item) => ({ ...item, path: basename(item.path) })),
      shards: dictionaries.shards.map((item) => ({ ...item, path: basename(item.path) })),
    },
  };
}

/** Where the study's figures come from. */
export function provenanceOf(context: StageContext, gpu: Gpu, seconds: number): StudyRecord['provenance'] {
  const { study, inputs } = context;
  return {
    monosema: packageVersion(),
    config: withoutPlaces(study),
    adapter: { name: gpu.name, class: gpu.adapterClass, driver: gpu.driver },
    stages: [
      ...inputs.map(({ stage, key, seconds, adapter }) => ({
        stage,
        hash: key,
        seconds,
        adapter: adapter?.name ?? null,
      })),
      { stage: 'analyze', hash: hashJson(inputs.map(({ hash }) => hash)), seconds, adapter: gpu.name },
    ],
    tokenizerHash: createHash('sha256').update(readFileSync(context.run.tokenizer)).digest('hex'),
  };
}

/** About CURVE_POINTS elements, evenly spaced, the last among them. */
function thinned<T>(items: readonly T[]): T[] {
  const stride = Math.ceil(items.length / CURVE_POINTS);
  return items.filter((_, i) => (items.length - 1 - i) % Math.max(1, stride) === 0);
}
