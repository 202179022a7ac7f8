import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Gpu } from '@monosema/engine';
import type { StageOutput } from '../artefacts/stage-file.ts';
import { describeOutputs } from '../artefacts/stage-outputs.ts';
import { wordOf } from '../random/seeded.ts';
import { writeExams } from '../records/index.ts';
import type { AutomataRecord } from '../records/schema.ts';
import { isLastSeen } from './analysed-model.ts';
import { withCosines, writeFeatures } from './assemble-features.ts';
import { automatonOf } from './automata/automaton-of.ts';
import { findCycles } from './automata/find-cycles.ts';
import { measureEdges, type AutomatonEdge } from './automata/measure-edges.ts';
import { canVerify, verifyCycles } from './automata/verify-cycles.ts';
import { ExampleAssembler } from './examples/assemble-examples.ts';
import { SourceExplainer } from './explain/explain-source.ts';
import type { Finish, MeasuredModel, ModelOptions, ModelParts, SourceSummary } from './model-parts.ts';
import { decoderNeighbours } from './pairs/decoder-neighbours.ts';
import { profileOf, tellingSplits, type Profile, type TellingSplits } from './pairs/telling-splits.ts';
import { samplesOf } from './steering/measure-steering.ts';
import { weightStatistics } from './weight-statistics.ts';

const NEIGHBOURS = 5;
/** Cycles of a dictionary that are verified and recorded at most. */
const MOST_CYCLES = 16;
/** Of the time that a dictionary's records take, those of its features; the rest are the exams of explanations. */
const FEATURES_SHARE = 0.8;

/** A dictionary whose records are written, and what was found on the way. */
export interface FinishedSource extends SourceSummary {
  readonly id: string;
  readonly cycles: AutomataRecord['cycles'];
  /** Edges of automata that were found. */
  readonly edges: number;
  /** The most telling first. */
  readonly splits: TellingSplits;
  /** What was written. */
  readonly files: readonly StageOutput[];
}

/**
 * Writes the records of one dictionary of a measured model, or of its neurons.
 *
 * @param s which of the model's sources
 * @param finish called once the features are written; says what there is to say of the dictionary as a whole
 * @param watch called often with how many of its features are done; throws to stop
 */
export async function finishSource(
  gpu: Gpu,
  model: ModelParts,
  measured: MeasuredModel,
  s: number,
  options: ModelOptions,
  finish: Finish,
  watch: (features: number) => void,
): Promise<FinishedSource> {
  const { text, records } = options;
  const source = model.collected.sources[s]!;
  const { id, features } = source;
  const [survey, effects] = [measured.surveys[s]!, measured.effects[s]!];
  const decoder = measured.decoders.get(id) ?? null;
  const rest = () => watch(0);
  const neighbours =
    decoder === null ? null : await decoderNeighbours(gpu, id, decoder, features, NEIGHBOURS, rest);
  const { edges, cycles } = await automataOf(gpu, model, measured, s, options);
  const splits = splitsOf(model, measured, s, text);
  const explainer = new SourceExplainer(source, survey, effects.weights, options.explain, rest);
  const statistics =
    decoder === null || neighbours === null
      ? null
      : await weightStatistics(
          gpu,
          model.dictionaries.get(id)!.dictionary,
          decoder,
          Float64Array.from(neighbours, (links) => links[0]?.similarity ?? 0),
          rest,
        );
  const parts = {
    source,
    explainer,
    proxies: measured.answers[s]!,
    automaton: automatonOf(edges, features),
    steering: (feature: number) => samplesOf(measured.steering, id, feature),
    survey,
    examples: new ExampleAssembler(survey, measured.shown[s]!, source.sums.active, text, {
      context: text.contexts.length,
      window: options.window,
      logitRadius: options.logitRadius,
      measured: isLastSeen(model.model),
    }),
    effects,
    relations: model.relations.get(id)!,
    decoder,
    decoders: measured.decoders,
    ofNeurons: model.model.site.name === 'mlp-activations',
    neighbours,
    places: measured.places.get(id) ?? null,
    text,
    histogramBins: options.histogramBins,
  };
  const written = writeFeatures(records, parts, (done) => watch(FEATURES_SHARE * done));
  const summary = finish(source, survey, written, statistics);
  writeExams(records, id, features, (feature) => {
    if (feature % 64 === 0) watch(FEATURES_SHARE * features + (1 - FEATURES_SHARE) * feature);
    return explainer.examOf(feature);
  });
  const files = await describeOutputs(join(records, id));
  return { ...summary, id, cycles, edges: edges.length, splits, files };
}

/** Edges between the features of a dictionary, and the cycles among them, tried where the model is sampled from. */
async function automataOf(
  gpu: Gpu,
  { model, dictionaries, collected }: ModelParts,
  { surveys, effects, decoders }: MeasuredModel,
  s: number,
  { text, seed, steers, watch }: ModelOptions,
): Promise<{ edges: readonly AutomatonEdge[]; cycles: AutomataRecord['cycles'] }> {
  const source = collected.sources[s]!;
  if (source.kind === 'neurons') return { edges: [], cycles: [] };
  const place = [...decoders.keys()].indexOf(source.id);
  const search = (share: number) => watch('automata', (place + share) / decoders.size);
  const edges = measureEdges(source, surveys[s]!, effects[s]!.weights, text, () => search(0));
  if (!steers || !canVerify(text)) return { edges, cycles: [] };
  const { dictionary } = dictionaries.get(source.id)!;
  const cycles = await verifyCycles(gpu, model, source.id, dictionary, findCycles(edges, MOST_CYCLES), {
    text,
    seed,
    max: (feature) => source.sums.max[feature]!,
    watch: search,
  });
  return { edges, cycles };
}

/** The most telling splits of a dictionary's features into those of the next wider one. */
function splitsOf(
  { collected: { sources }, relations }: ModelParts,
  { surveys, decoders }: MeasuredModel,
  s: number,
  text: ModelOptions['text'],
): TellingSplits {
  const source = sources[s]!;
  const children = relations.get(source.id)!.children;
  const finer = children.find((links) => links.length > 0)?.[0]?.dictionary;
  if (finer === undefined) return { shown: [], counted: null };
  const survey = surveys[sources.findIndex(({ id }) => id === finer)]!;
  const profileOfChild = (feature: number): { tokens: Profile; domains: Profile } => {
    const { top } = survey.tokensOf(feature);
    return {
      tokens: profileOf(top.map((token) => text.read(token, 1)[0]!)),
      domains: profileOf(top.map((token) => wordOf(text.kindAt(token) ?? ''))),
    };
  };
  const decoder = decoders.get(source.id) ?? null;
  return tellingSplits(
    source.id,
    children.map((links, feature) => withCosines({ source, decoder, decoders }, feature, links)),
    profileOfChild,
  );
}

/** Whether the records of dictionaries are there as they were written. */
export async function areWritten(finished: readonly FinishedSource[], records: string): Promise<boolean> {
  for (const { id, files } of finished) {
    const folder = join(records, id);
    if (!existsSync(folder) || !isDeepStrictEqual(await describeOutputs(folder), files)) return false;
  }
  return true;
}
