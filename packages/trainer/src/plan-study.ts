/** The stages of a study, in order, and what of the study each depends on. */
import type { RunFolder } from './artefacts/run-folder.ts';
import { ConfigError } from './config/config-error.ts';
import { CONTROL } from './config/control.ts';
import type { Study } from './config/schema.ts';

/** The kinds of stages; each is also a command that runs a study up to it. */
export const STAGE_KINDS = [
  'tokenize',
  'train-model',
  'harvest',
  'train-dictionary',
  'analyze',
  'explain',
] as const;
export type StageKind = (typeof STAGE_KINDS)[number];

/** A stage before its inputs are known. */
export interface PlannedStage {
  /** as `train-model A` */
  readonly name: string;
  readonly kind: StageKind;
  readonly model: string | null;
  readonly folder: string;
  /** what of the study it depends on */
  readonly config: unknown;
  /** names of the stages whose files it reads */
  readonly inputs: readonly string[];
}

/** The stage that ends a study. */
export function lastStage({ explainer }: Study): StageKind {
  return explainer === null ? 'analyze' : 'explain';
}

/**
 * The stages of a study up to a kind and what those need, in an order in which they can run. Activations go into shards
 * only where that is what is asked for.
 *
 * @throws {ConfigError} where a language model is to explain and none is named
 */
export function planStudy(study: Study, run: RunFolder, until = lastStage(study)): PlannedStage[] {
  if (until === 'explain' && study.explainer === null)
    throw new ConfigError(
      'config: explainer: expected a language model to ask, got none; add, say, explainer: { url: "http://localhost:8080/v1", model: "name" }',
    );
  const { models } = study.transformer;
  const controls = dictionariesOf(study, CONTROL).length > 0 ? [CONTROL] : [];
  const read = [
    tokenizing(study, run),
    ...models.map((model) => modelTraining(study, run, model)),
    ...controls.map((model) => shuffling(study, run, model)),
    ...[...models, ...controls]
      .filter((model) => dictionariesOf(study, model).length > 0)
      .map((model) => dictionaryTraining(study, run, model)),
  ];
  const stages = [
    ...read,
    ...models.map((model) => harvesting(study, run, model)),
    analysing(
      study,
      run,
      read.map(({ name }) => name),
    ),
    ...explaining(study, run),
  ];
  return needed(stages, until);
}

/** What is pinned may change results; that nothing is pinned changes none. */
const pinned = ({ kernels }: Study) => (Object.keys(kernels).length === 0 ? {} : { kernels });

/** Of a model: the dictionaries that are trained, and those imported. */
const dictionariesOf = ({ dictionaries: { list, imports } }: Study, model: string): string[] =>
  [...list, ...imports].map(({ id }) => id).filter((id) => modelOf(id) === model);

/** Name of the stage that a model comes from. */
const makerOf = (model: string): string =>
  model === CONTROL ? `shuffle-model ${model}` : `train-model ${model}`;

function tokenizing({ corpus, tokenizer, transformer }: Study, run: RunFolder): PlannedStage {
  return {
    name: 'tokenize',
    kind: 'tokenize',
    model: null,
    folder: run.tokens,
    config: {
      validationFraction: corpus.validationFraction,
      tokenizer: transformer.import === null ? tokenizer : null,
    },
    inputs: [],
  };
}

function modelTraining(study: Study, run: RunFolder, model: string): PlannedStage {
  const { models: _, import: imported, ...transformer } = study.transformer;
  return {
    name: makerOf(model),
    kind: 'train-model',
    model,
    folder: run.model(model),
    config: { ...(imported === null ? { transformer } : { context: transformer.context }), ...pinned(study) },
    inputs: ['tokenize'],
  };
}

/** The control: the first model with the entries of each of its weight matrices shuffled. */
function shuffling(study: Study, run: RunFolder, model: string): PlannedStage {
  const { models, context } = study.transformer;
  return {
    name: makerOf(model),
    kind: 'train-model',
    model,
    folder: run.model(model),
    config: { context, ...pinned(study) },
    inputs: ['tokenize', makerOf(models[0]!)],
  };
}

function harvesting(study: Study, run: RunFolder, model: string): PlannedStage {
  const { site, layer, vectors, positionsPerContext } = study.dictionaries;
  const { context } = study.transformer;
  return {
    name: `harvest ${model}`,
    kind: 'harvest',
    model,
    folder: run.activations(model),
    config: { site, layer, vectors, positionsPerContext, context, ...pinned(study) },
    inputs: ['tokenize', makerOf(model)],
  };
}

function dictionaryTraining(study: Study, run: RunFolder, model: string): PlannedStage {
  const { list, imports, shards, ...dictionaries } = study.dictionaries;
  const ofModel = ({ id }: { readonly id: string }): boolean => modelOf(id) === model;
  return {
    name: `train-dictionary ${model}`,
    kind: 'train-dictionary',
    model,
    folder: run.dictionaries(model),
    config: {
      dictionaries,
      list: list.filter(ofModel),
      imports: imports.filter(ofModel).map(({ id }) => id),
      ...pinned(study),
    },
    inputs: shards.some((item) => item.model === model) ? [] : ['tokenize', makerOf(model)],
  };
}

/** @param inputs every stage whose results are measured */
function analysing(study: Study, run: RunFolder, inputs: readonly string[]): PlannedStage {
  const { seed: _seed, corpus: _corpus, explainer: _explainer, ...whole } = study;
  const { import: _import, ...transformer } = study.transformer;
  const { shards: _shards, imports, ...dictionaries } = study.dictionaries;
  return {
    name: 'analyze',
    kind: 'analyze',
    model: null,
    folder: run.records,
    // Files are known by what is in them, not by where they are.
    config: {
      ...whole,
      transformer,
      dictionaries: { ...dictionaries, imports: imports.map(({ id }) => id) },
    },
    inputs,
  };
}

function explaining({ explainer }: Study, run: RunFolder): PlannedStage[] {
  if (explainer === null) return [];
  return [
    {
      name: 'explain',
      kind: 'explain',
      model: null,
      folder: run.explanations,
      // How fast it may be asked changes no answer.
      config: { model: explainer.model, features: explainer.features },
      inputs: ['analyze'],
    },
  ];
}

/** The stages of a kind, and those whose files they read, in the order given. */
function needed(stages: readonly PlannedStage[], until: StageKind): PlannedStage[] {
  const names = new Set<string>();
  for (const stage of stages.toReversed()) {
    if (stage.kind !== until && !names.has(stage.name)) continue;
    for (const name of [stage.name, ...stage.inputs]) names.add(name);
  }
  return stages.filter(({ name }) => names.has(name));
}

/** Letter of the model that a dictionary belongs to. @param id as A/1 */
export function modelOf(id: string): string {
  return id.charAt(0);
}
