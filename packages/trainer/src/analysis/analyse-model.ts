import { readTensor, type Gpu } from '@monosema/engine';
import { CONTROL } from '../config/control.ts';
import type { ProxiesRecord, SteeringRecord } from '../records/schema.ts';
import { measureEffects } from './effects/measure-effects.ts';
import { collectShown, type ShownActivations } from './examples/shown-activations.ts';
import { surveyExamples, type Survey } from './examples/survey.ts';
import { nearby, windowAround } from './examples/window.ts';
import type { FeatureSource } from './feature-source.ts';
import { areWritten, finishSource, type FinishedSource } from './finish-source.ts';
import {
  placeFeatures,
  type MappedDictionary,
  type Place,
  type PlacedFeatures,
} from './map/place-features.ts';
import type { Finish, MeasuredModel, ModelOptions, ModelParts } from './model-parts.ts';
import { measureProxies, proxiesRecordOf } from './proxies/measure-proxies.ts';
import { measureSteering } from './steering/measure-steering.ts';

/** What is found across the features of a model. */
export interface ModelFindings {
  readonly proxies: ProxiesRecord['proxies'];
  readonly steering: SteeringRecord['steering'];
  /** In the order of the sources. */
  readonly finished: readonly FinishedSource[];
}

/**
 * Measures the effects of all features of a model and writes their records.
 *
 * What an earlier attempt kept is not measured again.
 *
 * @param finish called with each dictionary once its features are written; says what there is to say of it as a whole
 * @returns what was found across features
 */
export async function analyseModel(
  gpu: Gpu,
  parts: ModelParts,
  options: ModelOptions,
  finish: Finish,
): Promise<ModelFindings> {
  const { kept, records, watch } = options;
  const name = `findings of ${parts.model.letter}`;
  const whole = kept.load<ModelFindings>(name);
  if (whole !== null && (await areWritten(whole.value.finished, records))) return whole.value;
  const mapped = await mappedOf(gpu, parts);
  // A map of what shuffled weights lead to shows nothing, and takes its time.
  const placed = parts.model.letter === CONTROL ? [] : mapped;
  const map = await keptMap(gpu, parts.model.letter, placed, options);
  watch('map', 0);
  try {
    const measured = await measureModel(gpu, parts, mapped, map, options);
    const { proxies, steering } = measured;
    const finished = await finishSources(gpu, parts, measured, options, finish);
    const findings: ModelFindings = { proxies, steering, finished };
    await kept.save(name, findings);
    return findings;
  } finally {
    await map.stop();
  }
}

/** The dictionaries of a model, with their decoders read back. */
async function mappedOf(gpu: Gpu, { dictionaries, collected }: ModelParts): Promise<MappedDictionary[]> {
  const mapped = [];
  for (const { id, kind, features, sums } of collected.sources) {
    if (kind === 'neurons') continue;
    const decoder = await readTensor(gpu, dictionaries.get(id)!.dictionary.decoder);
    mapped.push({ id, features, decoder, active: (feature: number) => sums.active[feature]! });
  }
  return mapped;
}

/** The map of a model: as an earlier attempt kept it, or begun. */
async function keptMap(
  gpu: Gpu,
  letter: string,
  dictionaries: readonly MappedDictionary[],
  { kept, seed, watch }: ModelOptions,
): Promise<PlacedFeatures> {
  const name = `map of ${letter}`;
  const earlier = kept.load<[string, (Place | null)[]][]>(name);
  if (earlier !== null) return { places: async () => new Map(earlier.value), stop: async () => undefined };
  const begun = await placeFeatures(gpu, dictionaries, seed, () => watch('map', 0));
  return {
    ...begun,
    places: async (look) => {
      const places = await begun.places(look);
      await kept.save(name, [...places]);
      return places;
    },
  };
}

/** Measures what there is to measure of a model whose map is being made. */
async function measureModel(
  gpu: Gpu,
  parts: ModelParts,
  mapped: readonly MappedDictionary[],
  map: PlacedFeatures,
  options: ModelOptions,
): Promise<MeasuredModel> {
  const { text, watch } = options;
  const { model, collected } = parts;
  const { sources } = collected;
  const surveys = sources.map((source, s) =>
    surveyExamples(source, text, options, (share) => watch('examples', (s + share) / sources.length / 2)),
  );
  const shown = sources.map((source, s) =>
    shownOf(source, surveys[s]!, text.contexts.length, options, (share) =>
      watch('examples', 0.5 + (s + share) / sources.length / 2),
    ),
  );
  const effects = await measureEffects(
    gpu,
    model,
    sources.map(({ id }, s) => ({ directions: options.directions.get(id)!, shown: shown[s]! })),
    {
      ...options,
      contexts: text.contexts,
      meanInverseDeviation: collected.meanInverseDeviation,
      watch: (share) => watch('effects', share),
    },
  );
  watch('effects', 1);
  const answers = sources.map((source, s) =>
    measureProxies(source, options.proxies, (share) => watch('proxies', (s + share) / (sources.length + 1))),
  );
  const proxies = proxiesRecordOf(
    options.proxies,
    answers.filter(({ source }) => source.kind !== 'neurons'),
    answers.filter(({ source }) => source.kind === 'neurons'),
    () => watch('proxies', sources.length / (sources.length + 1)),
  );
  watch('proxies', 1);
  const steering = options.steers ? await keptSteering(gpu, parts, proxies, options) : [];
  watch('steering', 1);
  const places = await map.places((share) => watch('map', share));
  watch('map', 1);
  const decoders = new Map(mapped.map(({ id, decoder }) => [id, decoder]));
  return { surveys, shown, effects, answers, proxies, steering, decoders, places };
}

/** What the best feature of each kind of text does to what the model says. */
function keptSteering(
  gpu: Gpu,
  { model, dictionaries, collected: { sources } }: ModelParts,
  proxies: ProxiesRecord['proxies'],
  { kept, proxies: text, explain: { tokenizer }, seed, watch }: ModelOptions,
): Promise<SteeringRecord['steering']> {
  const encoders = new Map([...dictionaries].map(([id, { dictionary }]) => [id, dictionary]));
  return kept.once(`steering of ${model.letter}`, () =>
    measureSteering(gpu, model, encoders, proxies, {
      text,
      tokenizer,
      seed,
      max: (id, feature) => sources.find((source) => source.id === id)!.sums.max[feature]!,
      watch: (share) => watch('steering', share),
    }),
  );
}

/** Writes the records of all dictionaries of a measured model, those excepted that an earlier attempt wrote. */
async function finishSources(
  gpu: Gpu,
  parts: ModelParts,
  measured: MeasuredModel,
  options: ModelOptions,
  finish: Finish,
): Promise<FinishedSource[]> {
  const { sources } = parts.collected;
  const total = sources.reduce((sum, { features }) => sum + features, 0);
  const finished: FinishedSource[] = [];
  let before = 0;
  for (const [s, { id, features }] of sources.entries()) {
    const share = (done: number) => options.watch('records', (before + done) / total);
    let one = await keptSource(id, options);
    if (one === null) {
      one = await finishSource(gpu, parts, measured, s, options, finish, share);
      await options.kept.save(nameOf(id), one);
    }
    finished.push(one);
    before += features;
  }
  return finished;
}

/** A dictionary that an earlier attempt finished, if its records are as they were written. */
async function keptSource(id: string, { kept, records }: ModelOptions): Promise<FinishedSource | null> {
  const earlier = kept.load<FinishedSource>(nameOf(id));
  if (earlier === null) return null;
  if (await areWritten([earlier.value], records)) return earlier.value;
  kept.refuse(nameOf(id), `the records of ${id} as they were written, got others`);
  return null;
}

/** What is kept of a dictionary goes by this name. */
const nameOf = (id: string): string => `features of ${id}`;

/** The activations that the examples of a dictionary show. */
function shownOf(
  source: FeatureSource,
  survey: Survey,
  context: number,
  { window, logitRadius }: Pick<ModelOptions, 'window' | 'logitRadius'>,
  watch: (share: number) => void,
): ShownActivations {
  const thresholds = Float64Array.from({ length: source.features }, (_, feature) => survey.topBound(feature));
  return collectShown(
    source.entries,
    context,
    (each) => {
      for (let feature = 0; feature < source.features; feature++) {
        const { top, levels, bottom, random } = survey.tokensOf(feature);
        const tokens = [...top, ...levels.flat(), ...bottom, ...random];
        for (const token of tokens) {
          const around = windowAround(token, window, context);
          each(feature, around, nearby(around, token, logitRadius));
        }
      }
    },
    thresholds,
    watch,
  );
}
