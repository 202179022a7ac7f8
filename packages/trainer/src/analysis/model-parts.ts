import type { LoadedDictionary } from '../dictionary/dictionary-folder.ts';
import type { DictionaryInput, DomainFeature, ProxiesRecord, SteeringRecord } from '../records/schema.ts';
import type { AnalysedModel } from './analysed-model.ts';
import type { WrittenFeatures } from './assemble-features.ts';
import type { Effects } from './effects/measure-effects.ts';
import type { Collected } from './entries/collect.ts';
import type { ShownActivations } from './examples/shown-activations.ts';
import type { Survey, SurveyOptions } from './examples/survey.ts';
import type { ModelPart } from './expected-work.ts';
import type { ExplainContext } from './explain/explain-source.ts';
import type { FeatureSource } from './feature-source.ts';
import type { KeptParts } from './kept-parts.ts';
import type { Places } from './map/place-features.ts';
import type { SourceProxies } from './proxies/measure-proxies.ts';
import type { ProxyText } from './proxies/proxy-text.ts';
import type { Relations } from './relate.ts';
import type { EvaluationText } from './text/evaluation-text.ts';
import type { WeightStatistics } from './weight-statistics.ts';

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

/** What is measured of a model before its records are written; lists are in the order of its sources. */
export interface MeasuredModel {
  readonly surveys: readonly Survey[];
  readonly shown: readonly ShownActivations[];
  readonly effects: readonly Effects[];
  readonly answers: readonly SourceProxies[];
  readonly proxies: ProxiesRecord['proxies'];
  readonly steering: SteeringRecord['steering'];
  /** (F,A) of every dictionary. */
  readonly decoders: ReadonlyMap<string, Float32Array>;
  readonly places: Places;
}

/** What there is to say of a dictionary as a whole. */
export interface SourceSummary {
  readonly record: DictionaryInput;
  /** Features that stand for domains, where the dictionary is the one that shows them. */
  readonly domainFeatures: DomainFeature[] | null;
}

/** Says what there is to say of a dictionary as a whole, once its features are written. */
export type Finish = (
  source: FeatureSource,
  survey: Survey,
  written: WrittenFeatures,
  weights: WeightStatistics | null,
) => SourceSummary;
