import { CONTROL } from '../config/control.ts';
import { epochsOf } from './map/layout.ts';
import { MOST_PLACED } from './map/place-features.ts';
import { parameterShapes, type TransformerConfig } from '../model/parameters.ts';

/** Parts of the analysis of one model, after its activations are known. */
export const MODEL_PARTS = [
  'examples',
  'effects',
  'map',
  'proxies',
  'steering',
  'automata',
  'records',
] as const;
export type ModelPart = (typeof MODEL_PARTS)[number];

/** Parts of an analysis. */
export type AnalysisPart = 'relations' | 'text' | `${'activations' | ModelPart} of ${string}`;

/** A dictionary that will be analysed, or the neurons of a model. */
export interface ExpectedSource {
  readonly kind: 'dictionary' | 'neurons';
  readonly features: number;
  /** Features active on a token, on average: measured, or a guess before that. */
  readonly active: number;
}

export interface ExpectedModel {
  readonly letter: string;
  readonly config: TransformerConfig;
  readonly sources: readonly ExpectedSource[];
  /** Whether it is sampled from. */
  readonly steers: boolean;
}

export interface ExpectedAnalysis {
  readonly tokens: number;
  readonly lossTokens: number;
  readonly window: number;
  /** Of a feature. */
  readonly examples: number;
}

/**
 * Seconds that parts of the work took, each on two cores with lavapipe. Elsewhere they differ; what a progress line
 * needs is how they compare.
 */
const SECONDS = {
  /** A floating-point operation of the pass. */
  operation: 2.5e-11,
  /** An active entry of the pass. */
  entry: 4e-7,
  /** Two features that are active on one token, compared. */
  pair: 2e-8,
  /** Choosing the examples of a dictionary, an entry. */
  survey: 1.5e-6,
  /** A logit of a prediction from which a feature was removed. */
  removal: 2e-8,
  /** A feature in an epoch of UMAP. */
  placing: 2e-6,
  /** An entry, over all proxies. */
  proxy: 2.5e-7,
  /** A token of the text, read for explanations and proxies. */
  reading: 1.5e-5,
  /** A batch of texts that the model predicts with a feature held. */
  held: 0.025,
  /** A probability of a token to be drawn for the automata. */
  probability: 2.5e-8,
  /** A feature explained, scored and written. */
  record: 0.004,
};

/** What the samples of measureSteering and verifyCycles come to, in batches: of a model, and of one of its dictionaries. */
const STEERING_BATCHES = 340;
const AUTOMATA_BATCHES = 230;
/** Predictions that tokens of automata are drawn from, of one dictionary. */
const AUTOMATA_PREDICTIONS = 53_000;
const MAP_LAYOUTS = 3;

/** The work of each part of an analysis, from the sizes of what is analysed. */
export function expectedWork(
  models: readonly ExpectedModel[],
  analysis: ExpectedAnalysis,
): Map<AnalysisPart, number> {
  const { tokens, lossTokens, examples, window } = analysis;
  const work = new Map<AnalysisPart, number>();
  for (const { letter, config, sources, steers } of models) {
    const dictionaries = sources.filter(({ kind }) => kind === 'dictionary');
    const entries = sum(sources, ({ active }) => active * tokens);
    const features = sum(sources, (source) => source.features);
    const mapped =
      letter === CONTROL
        ? 0
        : Math.min(
            MOST_PLACED,
            sum(dictionaries, (of) => of.features),
          );
    const shown = sum(sources, (of) => of.features * examples * (1 + (window * of.active) / of.features));
    const predictions = lossTokens * (dictionaries.length + 3) * 2 * config.dModel * config.vocabulary;
    const parts: Record<'activations' | ModelPart, number> = {
      activations:
        SECONDS.operation * (tokens * operationsOf(config, dictionaries) + predictions) +
        SECONDS.entry * entries,
      examples: SECONDS.survey * entries,
      effects: SECONDS.removal * shown * config.vocabulary,
      map: SECONDS.placing * MAP_LAYOUTS * epochsOf(mapped) * mapped,
      proxies: SECONDS.proxy * entries,
      steering: steers ? SECONDS.held * STEERING_BATCHES : 0,
      automata: steers ? dictionaries.length * automataOf(config) : 0,
      records: SECONDS.record * features,
    };
    for (const [part, seconds] of Object.entries(parts) as [keyof typeof parts, number][])
      work.set(`${part} of ${letter}`, seconds);
  }
  work.set('relations', SECONDS.pair * tokens * pairsOf(models));
  work.set('text', SECONDS.reading * tokens);
  return work;
}

/** Seconds that sampling takes to test the cycles of a dictionary. */
function automataOf({ vocabulary }: TransformerConfig): number {
  return SECONDS.held * AUTOMATA_BATCHES + SECONDS.probability * AUTOMATA_PREDICTIONS * vocabulary;
}

/** Operations of a forward pass and of all encoders, for a token. */
function operationsOf(config: TransformerConfig, dictionaries: readonly ExpectedSource[]): number {
  const { dMlp, vocabulary, dModel } = config;
  const parameters = [...parameterShapes(config).values()].reduce(
    (total, shape) => total + shape.reduce((size, extent) => size * extent, 1),
    0,
  );
  // The pass stops before the unembedding, and looks tokens up.
  const multiplied = parameters - (config.tied ? 1 : 2) * vocabulary * dModel;
  return 2 * multiplied + 2 * dMlp * sum(dictionaries, ({ features }) => features);
}

/** Pairs of features that are active on one token, over all that is compared. */
function pairsOf(models: readonly ExpectedModel[]): number {
  const own = sum(
    models.flatMap(({ sources }) => sources),
    ({ active }) => active ** 2 / 2,
  );
  const withNeurons = sum(models, ({ sources }) => {
    const neurons = sources.find(({ kind }) => kind === 'neurons')?.active ?? 0;
    return sum(sources, ({ kind, active }) => (kind === 'dictionary' ? active * neurons : 0));
  });
  const [first, ...others] = models.filter(({ letter }) => letter !== CONTROL);
  const between = sum(others, ({ sources }) =>
    sum(sources, (of) => {
      const alike = first!.sources.find(({ kind, features }) => kind === of.kind && features === of.features);
      return alike === undefined ? 0 : alike.active * of.active;
    }),
  );
  return own + withNeurons + between;
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
