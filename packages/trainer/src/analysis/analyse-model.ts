import { readTensor, type Gpu } from '@monosema/engine';
import type { LoadedDictionary } from '../dictionary/dictionary-folder.ts';
import { isLastSeen, type AnalysedModel } from './analysed-model.ts';
import { writeFeatures } from './assemble-features.ts';
import { streamDirections } from './effects/final-map.ts';
import { measureEffects } from './effects/measure-effects.ts';
import { ExampleAssembler } from './examples/assemble-examples.ts';
import { collectShown, type ShownActivations } from './examples/shown-activations.ts';
import { surveyExamples, type Survey, type SurveyOptions } from './examples/survey.ts';
import { windowAround } from './examples/window.ts';
import type { Collected } from './entries/collect.ts';
import { SourceExplainer, type ExplainContext } from './explain/explain-source.ts';
import type { FeatureSource } from './feature-source.ts';
import { placeFeatures } from './map/place-features.ts';
import { measureProxies, type SourceProxies } from './proxies/measure-proxies.ts';
import type { ProxyText } from './proxies/proxy-text.ts';
import { decoderNeighbours } from './pairs/decoder-neighbours.ts';
import type { Relations } from './relate.ts';
import type { DictionaryWriter } from '../records/index.ts';
import type { EvaluationText } from './text/evaluation-text.ts';

const NEIGHBOURS = 5;

/** A model with everything that was found out about its features so far. */
export interface ModelParts {
  readonly model: AnalysedModel;
  readonly dictionaries: ReadonlyMap<string, LoadedDictionary>;
  readonly collected: Collected;
  readonly relations: ReadonlyMap<string, Relations>;
}

export interface ModelOptions extends SurveyOptions {
  readonly window: number;
  readonly text: EvaluationText;
  readonly explain: ExplainContext;
  readonly proxies: ProxyText;
  /** The records folder. */
  readonly records: string;
  /** Called often with the share done; throws to stop. */
  readonly watch: (share: number) => void;
}

/**
 * Measures the effects of all features of a model and writes their records.
 *
 * @param finish called with each dictionary once its features are written
 * @returns how every dictionary and the neurons go with the proxies
 */
export async function analyseModel(
  gpu: Gpu,
  { model, dictionaries, collected, relations }: ModelParts,
  options: ModelOptions,
  finish: (source: FeatureSource, survey: Survey, writer: DictionaryWriter) => void,
): Promise<SourceProxies[]> {
  const { text, window, watch } = options;
  const context = text.contexts.length;
  const { sources } = collected;
  const surveys = sources.map(({ entries, sums }) =>
    surveyExamples(entries, sums.max, text, options, () => watch(0)),
  );
  const shown = sources.map((source, s) => shownOf(source, surveys[s]!, context, window, () => watch(0.1)));
  const directions: Float32Array[] = [];
  for (const { id } of sources) {
    directions.push(await streamDirections(gpu, model, dictionaries.get(id)?.dictionary.decoder ?? null));
  }
  const weights = await measureEffects(
    gpu,
    model,
    sources.map((_, s) => ({ directions: directions[s]!, shown: shown[s]! })),
    {
      ...options,
      contexts: text.contexts,
      meanInverseDeviation: collected.meanInverseDeviation,
      watch: (share) => watch(0.15 + 0.5 * share),
    },
  );
  const mapped = [];
  for (const { id, kind, features, sums } of sources) {
    if (kind === 'neurons') continue;
    const decoder = await readTensor(gpu, dictionaries.get(id)!.dictionary.decoder);
    mapped.push({ id, features, decoder, active: (feature: number) => sums.active[feature]! });
  }
  const places = await placeFeatures(gpu, mapped, options.seed, () => watch(0.65));
  const total = sources.reduce((sum, { features }) => sum + features, 0);
  const proxies: SourceProxies[] = [];
  let before = 0;
  for (const [s, source] of sources.entries()) {
    const decoder = mapped.find(({ id }) => id === source.id)?.decoder ?? null;
    const share = (features: number) => watch(0.65 + (0.35 * (before + features)) / total);
    const neighbours =
      decoder === null
        ? null
        : await decoderNeighbours(gpu, source.id, decoder, source.features, NEIGHBOURS, () => share(0));
    const answers = measureProxies(source, options.proxies, () => share(0));
    proxies.push(answers);
    const measured = isLastSeen(model);
    const examples = new ExampleAssembler(surveys[s]!, shown[s]!, source.features, text, {
      context,
      window,
      measured,
    });
    const explainer = new SourceExplainer(source, surveys[s]!, weights[s]!, options.explain, () => share(0));
    const parts = {
      source,
      explainer,
      proxies: answers,
      survey: surveys[s]!,
      examples,
      logitWeights: weights[s]!,
      relations: relations.get(source.id)!,
      decoder,
      ofNeurons: model.site.name === 'mlp-activations',
      neighbours,
      places: places.get(source.id) ?? null,
      text,
      histogramBins: options.histogramBins,
    };
    const writer = writeFeatures(options.records, parts, share);
    finish(source, surveys[s]!, writer);
    before += source.features;
  }
  return proxies;
}

/** The activations that the examples of a dictionary show. */
function shownOf(
  source: FeatureSource,
  survey: Survey,
  context: number,
  window: number,
  watch: () => void,
): ShownActivations {
  const thresholds = new Float64Array(source.features).fill(Infinity);
  return collectShown(
    source.entries,
    context,
    (each) => {
      for (let feature = 0; feature < source.features; feature++) {
        const top = survey.strongest.of(feature);
        if (top.length > 0) thresholds[feature] = top.at(-1)!.value;
        const tokens = top.map(({ token }) => token);
        for (let band = 0; band < survey.intervals.bands; band++)
          tokens.push(...survey.intervals.of(feature, band));
        for (const token of tokens) each(feature, windowAround(token, window, context));
      }
    },
    thresholds,
    watch,
  );
}
