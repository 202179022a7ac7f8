import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readTensor, type Gpu } from '@monosema/engine';
import type { StageOutput } from '../artefacts/stage-file.ts';
import { describeOutputs } from '../artefacts/stage-outputs.ts';
import { CONTROL } from '../config/control.ts';
import type { LoadedDictionary } from '../dictionary/dictionary-folder.ts';
import { isLastSeen, type AnalysedModel } from './analysed-model.ts';
import { withCosines, writeFeatures, type WrittenFeatures } from './assemble-features.ts';
import { measureEffects } from './effects/measure-effects.ts';
import { ExampleAssembler } from './examples/assemble-examples.ts';
import { collectShown, type ShownActivations } from './examples/shown-activations.ts';
import { surveyExamples, type Survey, type SurveyOptions } from './examples/survey.ts';
import { nearby, windowAround } from './examples/window.ts';
import type { Collected } from './entries/collect.ts';
import { SourceExplainer, type ExplainContext } from './explain/explain-source.ts';
import type { FeatureSource } from './feature-source.ts';
import {
  placeFeatures,
  type MappedDictionary,
  type Place,
  type PlacedFeatures,
} from './map/place-features.ts';
import { profileOf, tellingSplits } from './pairs/telling-splits.ts';
import { wordOf } from '../random/seeded.ts';
import { measureProxies, proxiesRecordOf } from './proxies/measure-proxies.ts';
import { automatonOf } from './automata/automaton-of.ts';
import { findCycles } from './automata/find-cycles.ts';
import { measureEdges } from './automata/measure-edges.ts';
import { canVerify, verifyCycles } from './automata/verify-cycles.ts';
import { measureSteering, samplesOf } from './steering/measure-steering.ts';
import { writeExams } from '../records/index.ts';
import type {
  AutomataRecord,
  DictionaryInput,
  DomainFeature,
  ProxiesRecord,
  SplitsRecord,
  SteeringRecord,
} from '../records/schema.ts';
import type { KeptParts } from './kept-parts.ts';
import type { ProxyText } from './proxies/proxy-text.ts';
import { decoderNeighbours } from './pairs/decoder-neighbours.ts';
import type { Relations } from './relate.ts';
import { weightStatistics, type WeightStatistics } from './weight-statistics.ts';
import type { EvaluationText } from './text/evaluation-text.ts';
import type { ModelPart } from './expected-work.ts';

const NEIGHBOURS = 5;
/** Cycles of a dictionary that are verified and recorded at most. */
const MOST_CYCLES = 16;

/** What is found across the features of a model. */
export interface ModelFindings {
  readonly proxies: ProxiesRecord['proxies'];
  readonly steering: SteeringRecord['steering'];
  /** In the order of the sources. */
  readonly finished: readonly FinishedSource[];
}

/** What there is to say of a dictionary as a whole. */
export interface SourceSummary {
  readonly record: DictionaryInput;
  /** Features that stand for domains, where the dictionary is the one that shows them. */
  readonly domainFeatures: DomainFeature[] | null;
}

/** A dictionary whose records are written, and what was found on the way. */
interface FinishedSource extends SourceSummary {
  readonly id: string;
  readonly cycles: AutomataRecord['cycles'];
  /** Edges of automata that were found. */
  readonly edges: number;
  /** The most telling first. */
  readonly splits: SplitsRecord['splits'];
  /** What was written. */
  readonly files: readonly StageOutput[];
}

/** A model with everything that was found out about its features so far. */
export interface ModelParts {
  readonly model: AnalysedModel;
  readonly dictionaries: ReadonlyMap<string, LoadedDictionary>;
  readonly collected: Collected;
  readonly relations: ReadonlyMap<string, Relations>;
}

export interface ModelOptions extends SurveyOptions {
  readonly window: number;
  readonly logitRadius: number;
  readonly text: EvaluationText;
  /** (F,D) what each feature of a dictionary writes to the stream; see streamDirections. */
  readonly directions: ReadonlyMap<string, Float32Array>;
  readonly explain: ExplainContext;
  readonly proxies: ProxyText;
  /** Whether the model is sampled from with features pinned: to steer it, and to verify cycles. */
  readonly steers: boolean;
  /** The records folder. */
  readonly records: string;
  readonly kept: KeptParts;
  /** Called often with the share of a part that is done; throws to stop. */
  readonly watch: (part: ModelPart, share: number) => void;
}

/** Says what there is to say of a dictionary as a whole, once its features are written. */
type Finish = (
  source: FeatureSource,
  survey: Survey,
  written: WrittenFeatures,
  weights: WeightStatistics | null,
) => SourceSummary;

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
    const findings = await analyseMapped(gpu, parts, mapped, map, options, finish);
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
async function analyseMapped(
  gpu: Gpu,
  { model, dictionaries, collected, relations }: ModelParts,
  mapped: readonly MappedDictionary[],
  map: PlacedFeatures,
  options: ModelOptions,
  finish: Finish,
): Promise<ModelFindings> {
  const { text, window, kept, records, watch } = options;
  const context = text.contexts.length;
  const { sources } = collected;
  const surveys = sources.map((source, s) =>
    surveyExamples(source, text, options, (share) => watch('examples', (s + share) / sources.length / 2)),
  );
  const shown = sources.map((source, s) =>
    shownOf(source, surveys[s]!, context, options, (share) =>
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
  const decoders = new Map(mapped.map(({ id, decoder }) => [id, decoder]));
  const total = sources.reduce((sum, { features }) => sum + features, 0);
  const answers = new Map(
    sources.map((source, s) => [
      source.id,
      measureProxies(source, options.proxies, (share) =>
        watch('proxies', (s + share) / (sources.length + 1)),
      ),
    ]),
  );
  const proxies = proxiesRecordOf(
    options.proxies,
    [...answers.values()].filter(({ source }) => source.kind !== 'neurons'),
    [...answers.values()].filter(({ source }) => source.kind === 'neurons'),
    () => watch('proxies', sources.length / (sources.length + 1)),
  );
  watch('proxies', 1);
  const maxOf = (id: string, feature: number) =>
    sources.find((source) => source.id === id)!.sums.max[feature]!;
  const steering = options.steers
    ? await kept.once(`steering of ${model.letter}`, () =>
        measureSteering(
          gpu,
          model,
          new Map([...dictionaries].map(([id, { dictionary }]) => [id, dictionary])),
          proxies,
          {
            text: options.proxies,
            tokenizer: options.explain.tokenizer,
            seed: options.seed,
            max: maxOf,
            watch: (share) => watch('steering', share),
          },
        ),
      )
    : [];
  watch('steering', 1);
  const places = await map.places((share) => watch('map', share));
  watch('map', 1);
  const profilesOf = (id: string, feature: number) => {
    const top = surveys[sources.findIndex((source) => source.id === id)]!.tokensOf(feature).top;
    return {
      tokens: profileOf(top.map((token) => text.read(token, 1)[0]!)),
      domains: profileOf(top.map((token) => wordOf(text.kindAt(token) ?? ''))),
    };
  };
  const finished: FinishedSource[] = [];
  let before = 0;
  for (const [s, source] of sources.entries()) {
    const part = `features of ${source.id}`;
    const earlier = kept.load<FinishedSource>(part);
    if (earlier !== null) {
      if (await areWritten([earlier.value], records)) {
        finished.push(earlier.value);
        before += source.features;
        continue;
      }
      kept.refuse(part, `the records of ${source.id} as they were written, got others`);
    }
    const cycles: AutomataRecord['cycles'] = [];
    const splits: SplitsRecord['splits'] = [];
    const decoder = mapped.find(({ id }) => id === source.id)?.decoder ?? null;
    const share = (features: number) => watch('records', (before + features) / total);
    const place = mapped.findIndex(({ id }) => id === source.id);
    const search = (part: number) => watch('automata', (place + part) / mapped.length);
    const neighbours =
      decoder === null
        ? null
        : await decoderNeighbours(gpu, source.id, decoder, source.features, NEIGHBOURS, () => share(0));
    const edges = await (async () => {
      if (source.kind === 'neurons') return [];
      const found = measureEdges(source, surveys[s]!, effects[s]!.weights, text, () => search(0));
      if (!options.steers || !canVerify(text)) return found;
      const { dictionary } = dictionaries.get(source.id)!;
      cycles.push(
        ...(await verifyCycles(gpu, model, source.id, dictionary, findCycles(found, MOST_CYCLES), {
          text,
          seed: options.seed,
          max: (feature) => maxOf(source.id, feature),
          watch: search,
        })),
      );
      return found;
    })();
    const measured = isLastSeen(model);
    const examples = new ExampleAssembler(surveys[s]!, shown[s]!, source.sums.active, text, {
      context,
      window,
      logitRadius: options.logitRadius,
      measured,
    });
    const children = relations.get(source.id)!.children;
    const finer = children.find((links) => links.length > 0)?.[0]?.dictionary;
    if (finer !== undefined)
      splits.push(
        ...tellingSplits(
          source.id,
          children.map((links, feature) => withCosines({ source, decoder, decoders }, feature, links)),
          (feature) => profilesOf(finer, feature),
        ),
      );
    const explainer = new SourceExplainer(source, surveys[s]!, effects[s]!.weights, options.explain, () =>
      share(0),
    );
    const parts = {
      source,
      explainer,
      proxies: answers.get(source.id)!,
      automaton: automatonOf(edges, source.features),
      steering: (feature: number) => samplesOf(steering, source.id, feature),
      survey: surveys[s]!,
      examples,
      effects: effects[s]!,
      relations: relations.get(source.id)!,
      decoder,
      decoders,
      ofNeurons: model.site.name === 'mlp-activations',
      neighbours,
      places: places.get(source.id) ?? null,
      text,
      histogramBins: options.histogramBins,
    };
    const statistics =
      decoder === null || neighbours === null
        ? null
        : await weightStatistics(
            gpu,
            dictionaries.get(source.id)!.dictionary,
            decoder,
            Float64Array.from(neighbours, (links) => links[0]?.similarity ?? 0),
            () => share(0),
          );
    const written = writeFeatures(records, parts, (features) => share(0.8 * features));
    const summary = finish(source, surveys[s]!, written, statistics);
    writeExams(records, source.id, source.features, (feature) => {
      if (feature % 64 === 0) share(0.8 * source.features + 0.2 * feature);
      return explainer.examOf(feature);
    });
    const files = await describeOutputs(join(records, source.id));
    const one: FinishedSource = { ...summary, id: source.id, cycles, edges: edges.length, splits, files };
    await kept.save(part, one);
    finished.push(one);
    before += source.features;
  }
  return { proxies, steering, finished };
}

/** Whether the records of dictionaries are there as they were written. */
async function areWritten(finished: readonly FinishedSource[], records: string): Promise<boolean> {
  for (const { id, files } of finished) {
    const folder = join(records, id);
    if (!existsSync(folder) || !isDeepStrictEqual(await describeOutputs(folder), files)) return false;
  }
  return true;
}

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
