import { writeDictionary, type DictionaryWriter } from '../records/index.ts';
import type { DictionaryRecord, FeatureInput, FeatureRecord } from '../records/schema.ts';
import { edgesOf } from './bins.ts';
import type { Effects } from './effects/measure-effects.ts';
import { neuronAlignment } from './effects/neuron-alignment.ts';
import type { ExampleAssembler } from './examples/assemble-examples.ts';
import type { Survey } from './examples/survey.ts';
import type { SourceExplainer } from './explain/explain-source.ts';
import type { FeatureSource, Link } from './feature-source.ts';
import type { Place } from './map/place-features.ts';
import type { SourceProxies } from './proxies/measure-proxies.ts';
import type { Relations } from './relate.ts';
import { FeatureTally } from './feature-tally.ts';
import type { EvaluationText } from './text/evaluation-text.ts';

/** Everything known of the features of one dictionary. */
export interface FeatureParts {
  readonly source: FeatureSource;
  readonly survey: Survey;
  readonly examples: ExampleAssembler;
  readonly explainer: SourceExplainer;
  readonly proxies: SourceProxies;
  readonly automaton: readonly NonNullable<FeatureInput['automaton']>[];
  readonly steering: (feature: number) => NonNullable<FeatureInput['steering']>;
  readonly effects: Effects;
  readonly relations: Relations;
  /** (F,A), or null for neurons. */
  readonly decoder: Float32Array | null;
  /** (F',A) of every dictionary of the model. */
  readonly decoders: ReadonlyMap<string, Float32Array>;
  /** Whether the activations that are taken apart are those of neurons. */
  readonly ofNeurons: boolean;
  readonly neighbours: readonly Link[][] | null;
  /** Null for neurons. */
  readonly places: readonly (Place | null)[] | null;
  readonly text: EvaluationText;
  readonly histogramBins: number;
}

/** The writer of a dictionary's features, all written, and what was counted on the way. */
export interface WrittenFeatures {
  readonly writer: DictionaryWriter;
  readonly tally: FeatureTally;
  readonly intervalConsistency: DictionaryRecord['intervalConsistency'];
}

/** Coefficients listed of a decoder row. */
const ALIGNED_NEURONS = 5;

/**
 * Writes the records of all features of a dictionary and returns the writer, which waits for the dictionary's own,
 * with what was counted on the way.
 *
 * @param root the records folder
 * @param watch called every few features with how many are done; throws to stop
 */
export function writeFeatures(
  root: string,
  parts: FeatureParts,
  watch: (features: number) => void,
): WrittenFeatures {
  const tally = new FeatureTally();
  const writer = writeDictionary(root, parts.source.id);
  try {
    for (let feature = 0; feature < parts.source.features; feature++) {
      if (feature % 64 === 0) watch(feature);
      const record = featureRecordOf(parts, feature);
      tally.add(record);
      writer.append(record);
    }
  } catch (error) {
    writer.abort();
    throw error;
  }
  return { writer, tally, intervalConsistency: parts.explainer.intervalConsistency() };
}

function featureRecordOf(parts: FeatureParts, index: number): FeatureRecord {
  const { source, survey, relations, decoder, histogramBins } = parts;
  const activeTokens = source.sums.active[index]!;
  const maxActivation = source.sums.max[index]!;
  const counts = Array.from(survey.histogram.subarray(index * histogramBins, (index + 1) * histogramBins));
  const width = decoder === null ? 0 : decoder.length / source.features;
  const exampleGroups = parts.examples.groupsOf(index, maxActivation);
  return {
    index,
    activeTokens,
    maxActivation,
    meanActivation: activeTokens > 0 ? source.sums.sum[index]! / activeTokens : 0,
    histogram:
      activeTokens > 0
        ? { edges: edgesOf(0, maxActivation, histogramBins), counts }
        : { edges: [], counts: [] },
    exampleGroups,
    logitWeights: { ...parts.effects.weights.of(index), linearity: parts.effects.linearity.of(index) },
    neuronAlignment:
      decoder === null || !parts.ofNeurons
        ? []
        : neuronAlignment(decoder.subarray(index * width, (index + 1) * width), ALIGNED_NEURONS),
    correlatedNeurons: relations.correlatedNeurons[index]!.map(({ other, ...rest }) => ({
      neuron: other,
      ...rest,
    })),
    correlatedFeatures: relations.correlatedFeatures[index]!.map(({ other, ...rest }) => ({
      feature: other,
      ...rest,
    })),
    neighbours: (parts.neighbours?.[index] ?? []).map((link) => ({ ...link, cosine: null })),
    parents: withCosines(parts, index, relations.parents[index]!),
    children: withCosines(parts, index, relations.children[index]!),
    twins: relations.twins[index]!.map((link) => ({ ...link, cosine: null })),
    domains: survey.classes.byCorpusDomain(index, parts.text.classes),
    proxies: parts.proxies.answers(index),
    automaton: parts.automaton[index]!,
    steering: parts.steering(index),
    map: parts.places?.[index] ?? null,
    singleToken: survey.singleToken(index),
    explanations: parts.explainer.explain(index),
  };
}

/** Links within a model with the cosines of the decoder rows. */
export function withCosines(
  { source, decoder, decoders }: Pick<FeatureParts, 'source' | 'decoder' | 'decoders'>,
  index: number,
  links: readonly Link[],
): (Link & { cosine: number | null })[] {
  if (decoder === null) return links.map((link) => ({ ...link, cosine: null }));
  const width = decoder.length / source.features;
  const own = decoder.subarray(index * width, (index + 1) * width);
  return links.map((link) => {
    const other = decoders.get(link.dictionary)?.subarray(link.feature * width, (link.feature + 1) * width);
    return { ...link, cosine: other === undefined ? null : cosineOf(own, other) };
  });
}

function cosineOf(a: Float32Array, b: Float32Array): number {
  let [product, left, right] = [0, 0, 0];
  for (let k = 0; k < a.length; k++) {
    product += a[k]! * b[k]!;
    left += a[k]! ** 2;
    right += b[k]! ** 2;
  }
  return left > 0 && right > 0 ? Math.min(1, Math.max(-1, product / Math.sqrt(left * right))) : 0;
}
