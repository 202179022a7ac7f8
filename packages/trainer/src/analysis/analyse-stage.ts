import { readTensor } from '@monosema/engine';
import type { Facts, StageContext } from '../artefacts/stage-context.ts';
import { siteWidth } from '../model/sites.ts';
import { removeExplanations } from '../records/index.ts';
import { Contexts } from '../tokens/contexts.ts';
import { openTokenizer } from '../tokens/open-tokenizer.ts';
import { SpacedContexts } from '../tokens/spaced-contexts.ts';
import { TokenShard } from '../tokens/token-shard.ts';
import { hasNeurons } from './analysed-model.ts';
import type { Analysis } from './analysis.ts';
import { describeModels } from './describe-models.ts';
import { finalMap, streamDirections } from './effects/final-map.ts';
import { collect, type Collected } from './entries/collect.ts';
import { LEVELS } from './examples/levels.ts';
import { expectedWork, type AnalysisPart, type ExpectedSource } from './expected-work.ts';
import type { FeatureSource } from './feature-source.ts';
import { KeptParts } from './kept-parts.ts';
import { analysedLetters, loadModels, type LoadedModel } from './load-models.ts';
import { compareTwins } from './pairs/compare-twins.ts';
import type { LogitMap } from './pairs/twin-similarity.ts';
import { PhaseClock } from './phase-clock.ts';
import { dictionariesByWidth, relate } from './relate.ts';
import { domainTable } from './text/domain-features.ts';
import { EvaluationText } from './text/evaluation-text.ts';
import { writeFindings } from './write-findings.ts';

/** A model whose activations on the text are known. */
interface CollectedModel extends LoadedModel {
  readonly collected: Collected;
}

/** Measures every feature of every dictionary and all neurons, and writes the feature records. */
export async function analyseStage(context: StageContext): Promise<Facts> {
  const { study, run } = context;
  removeExplanations(run.records);
  const kept = new KeptParts(context);
  using shard = TokenShard.open(run.validationTokens);
  const validation = new Contexts(shard, study.transformer.context, 'validation text');
  const contexts = new SpacedContexts(validation, study.analysis.evaluationTokens);
  const tokenizer = openTokenizer(run.tokenizer, study.transformer.import !== null, shard);
  const text = EvaluationText.open(shard, contexts, tokenizer, study.analysis.domains);
  const gpu = await context.device();
  const loaded = await loadModels(gpu, context);
  const clock = new PhaseClock(context, expected(loaded, guessedSources, context, text));
  const analysis = { context, gpu, text, tokenizer, kept, clock };

  const models: CollectedModel[] = [];
  for (const each of loaded) models.push(await collectModel(analysis, each));
  clock.expect(expected(models, ({ collected }) => collected.sources.map(measuredSource), context, text));
  const sources = models.flatMap(({ collected }) => collected.sources);
  const { relations, universality } = await relate(sources, {
    histogramBins: study.analysis.histogramBins,
    kept,
    watch: (share) => clock.reach('relations', share),
  });
  const maps = await logitMaps(analysis, models);
  await compareTwins(sources, relations, universality, maps, text, kept, () => clock.reach('relations', 1));
  clock.reach('relations', 1);

  const shown = shownDictionary(sources, analysedLetters(study));
  const findings = await describeModels(
    analysis,
    models.map((of) => ({ ...of, relations })),
    new Map([...maps].map(([id, { directions }]) => [id, directions])),
    shown,
  );
  const found = await writeFindings(analysis, { sources, relations, universality, findings, shown });
  for (const { entries } of sources) entries.close();
  if (found.length > 0)
    context.say(`analyze: features of ${shown} that stand for a domain\n${domainTable(found)}`);
  return {
    evaluationTokens: contexts.tokens,
    lossTokens: models[0]?.collected.losses.tokens,
    domainFeatures: found,
    universality: universality.map(({ from, to, medianCorrelation, compared }) => ({
      from,
      to,
      medianCorrelation,
      compared,
    })),
    phaseSeconds: clock.phases(),
  };
}

/** What the parts of an analysis are expected to take, from what is known of its sources. */
function expected<Model extends LoadedModel>(
  models: readonly Model[],
  sourcesOf: (of: Model) => ExpectedSource[],
  { study: { analysis } }: StageContext,
  { contexts }: EvaluationText,
): Map<AnalysisPart, number> {
  return expectedWork(
    models.map((of, m) => ({ ...of.model, sources: sourcesOf(of), steers: m === 0 })),
    {
      tokens: contexts.tokens,
      lossTokens: Math.min(analysis.lossTokens, contexts.tokens),
      window: Math.min(analysis.window, contexts.length),
      examples: 2 * analysis.topExamples + LEVELS * analysis.examplesPerInterval,
    },
  );
}

/** Runs a model over the text and puts what is active on disk. */
async function collectModel(analysis: Analysis, loaded: LoadedModel): Promise<CollectedModel> {
  const { context, gpu, text, kept, clock } = analysis;
  const { model, dictionaries } = loaded;
  const part = `activations of ${model.letter}` as const;
  const { lossTokens } = context.study.analysis;
  const collected = await collect(gpu, model, dictionaries, text.contexts, lossTokens, kept, (tokens) =>
    clock.reach(part, tokens / text.contexts.tokens),
  );
  clock.reach(part, 1);
  return { ...loaded, collected };
}

/** How the features of every dictionary, and neurons, reach the logits of their model. */
async function logitMaps(
  { gpu }: Analysis,
  models: readonly CollectedModel[],
): Promise<Map<string, LogitMap>> {
  const maps = new Map<string, LogitMap>();
  for (const { model, dictionaries, collected } of models) {
    const { weights, bias } = await finalMap(gpu, model);
    const unembedding = await readTensor(gpu, weights);
    for (const tensor of [weights, bias]) tensor.buffer.destroy();
    for (const { id } of collected.sources) {
      const directions = await streamDirections(gpu, model, dictionaries.get(id)?.dictionary.decoder ?? null);
      const { dModel: width } = model.config;
      maps.set(id, { width, directions, weights: unembedding, scale: collected.meanInverseDeviation });
    }
  }
  return maps;
}

/** What will be analysed of a model, before it is known how many features are active on a token. */
function guessedSources({ model, dictionaries }: LoadedModel): ExpectedSource[] {
  const width = siteWidth(model.config, model.site);
  return [
    ...(hasNeurons(model) ? [{ kind: 'neurons' as const, features: width, active: width / 4 }] : []),
    ...Array.from(dictionaries.values(), ({ dictionary: { features } }) => ({
      kind: 'dictionary' as const,
      features,
      active: Math.min(20, features),
    })),
  ];
}

function measuredSource({ kind, features, sums }: FeatureSource): ExpectedSource {
  return { kind: kind === 'neurons' ? kind : 'dictionary', features, active: sums.l0 };
}

/** The dictionary whose features stand for domains: of the first model that has any, the second by width. */
function shownDictionary(sources: Collected['sources'], letters: readonly string[]): string | null {
  for (const letter of letters) {
    const ofModel = dictionariesByWidth(sources).filter(({ model }) => model === letter);
    const chosen = ofModel[1] ?? ofModel[0];
    if (chosen !== undefined) return chosen.id;
  }
  return null;
}
