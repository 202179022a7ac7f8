import type { SchemaElement } from 'hyparquet';
import { dominantDomain, glimpsesOf } from './glimpses.ts';
import type { Glimpse } from './glimpses.ts';
import type { FeatureRecord } from './schema.ts';

/** Columns that any Parquet reader can sort and filter by; derived ones are marked. */
export interface ScalarColumns {
  index: number;
  activeTokens: number;
  maxActivation: number;
  meanActivation: number;
  /** Derived: centre token of the strongest example; null when the feature is dead. */
  topToken: number | null;
  /** Derived: domain with most of the tokens above half of the maximum, and its share of them. */
  dominantDomain: string | null;
  dominantShare: number | null;
  /** Derived: lengths of the lists of the same names. */
  parentCount: number;
  childCount: number;
  twinCount: number;
  /** Derived: of `map`; null where the feature is not on it. */
  mapX: number | null;
  mapY: number | null;
  cluster: number | null;
  mapOrder: number | null;
  /** Derived: whether the top examples share one token; null with too few of them. */
  onSingleToken: boolean | null;
  /** Derived: the explanation with the best activation score, the first where none has one. */
  explanation: string | null;
  explanationScore: number | null;
  /** Derived: see {@link Glimpse}. */
  glimpses: Glimpse[];
}
export type ColumnName = keyof ScalarColumns;

/** Fields of a feature record kept as JSON text, each in a column of its own. */
export const nestedFields = [
  'histogram',
  'exampleGroups',
  'logitWeights',
  'neuronAlignment',
  'correlatedNeurons',
  'correlatedFeatures',
  'neighbours',
  'parents',
  'children',
  'twins',
  'domains',
  'proxies',
  'automaton',
  'steering',
  'explanations',
  'map',
  'singleToken',
] as const satisfies readonly (keyof FeatureRecord)[];

/** Those of them that may be null. */
const nullable: ReadonlySet<string> = new Set([
  'map',
  'singleToken',
] satisfies readonly (keyof FeatureRecord)[]);

/** Fields of a feature record kept as columns of numbers. */
export const numberFields = ['index', 'activeTokens', 'maxActivation', 'meanActivation'] as const;

const integer = (name: string): SchemaElement => ({ name, type: 'INT32', repetition_type: 'REQUIRED' });
const real = (name: string): SchemaElement => ({ name, type: 'DOUBLE', repetition_type: 'REQUIRED' });
const optional = (name: string, type: 'INT32' | 'DOUBLE' | 'BOOLEAN'): SchemaElement => ({
  name,
  type,
  repetition_type: 'OPTIONAL',
});
const text = (name: string): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  converted_type: 'UTF8',
  repetition_type: 'OPTIONAL',
});
const json = (name: string): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  converted_type: 'JSON',
  repetition_type: 'REQUIRED',
});

const leaves: SchemaElement[] = [
  integer('index'),
  { name: 'activeTokens', type: 'INT64', repetition_type: 'REQUIRED' },
  real('maxActivation'),
  real('meanActivation'),
  optional('topToken', 'INT32'),
  text('dominantDomain'),
  optional('dominantShare', 'DOUBLE'),
  integer('parentCount'),
  integer('childCount'),
  integer('twinCount'),
  optional('mapX', 'DOUBLE'),
  optional('mapY', 'DOUBLE'),
  optional('cluster', 'INT32'),
  optional('mapOrder', 'INT32'),
  optional('onSingleToken', 'BOOLEAN'),
  text('explanation'),
  optional('explanationScore', 'DOUBLE'),
  json('glimpses'),
  ...nestedFields.map((name) =>
    nullable.has(name) ? { ...json(name), repetition_type: 'OPTIONAL' as const } : json(name),
  ),
];

/** Parquet schema of features.parquet. */
export const parquetSchema: SchemaElement[] = [{ name: 'root', num_children: leaves.length }, ...leaves];

/** Columns of features.parquet in file order, with whether a column holds JSON text. */
export const fileColumns = leaves.map(({ name, converted_type }) => ({
  name,
  json: converted_type === 'JSON',
}));

/**
 * The values of one feature, a property for every column of the file. Lone surrogates become U+FFFD: other readers
 * of Parquet refuse JSON that holds them.
 */
export function toRow(given: FeatureRecord): Record<string, unknown> {
  const feature = wellFormed(given);
  const dominant = dominantDomain(feature);
  const explanation = feature.explanations.toSorted(
    (a, b) => (b.activationScore ?? -2) - (a.activationScore ?? -2),
  )[0];
  const strongest = feature.exampleGroups.find((group) => group.kind === 'top')?.examples[0];
  return {
    ...feature,
    activeTokens: BigInt(feature.activeTokens),
    topToken: strongest?.tokens[strongest.at] ?? null,
    dominantDomain: dominant?.domain ?? null,
    dominantShare: dominant?.share ?? null,
    parentCount: feature.parents.length,
    childCount: feature.children.length,
    twinCount: feature.twins.length,
    mapX: feature.map?.x ?? null,
    mapY: feature.map?.y ?? null,
    cluster: feature.map?.cluster ?? null,
    mapOrder: feature.map?.order ?? null,
    onSingleToken: feature.singleToken,
    explanation: explanation?.text ?? null,
    explanationScore: explanation?.activationScore ?? null,
    glimpses: glimpsesOf(feature),
  };
}

/** The feature itself where its text is well formed, as it mostly is. */
function wellFormed(feature: FeatureRecord): FeatureRecord {
  const isWellFormed =
    feature.domains.every(({ domain }) => domain.isWellFormed()) &&
    feature.exampleGroups.every(({ examples }) =>
      examples.every(({ document, domain }) => document.isWellFormed() && domain?.isWellFormed() !== false),
    );
  if (isWellFormed) return feature;
  return {
    ...feature,
    domains: feature.domains.map((entry) => ({ ...entry, domain: entry.domain.toWellFormed() })),
    exampleGroups: feature.exampleGroups.map((group) => ({
      ...group,
      examples: group.examples.map((example) => ({
        ...example,
        document: example.document.toWellFormed(),
        domain: example.domain?.toWellFormed() ?? null,
      })),
    })),
  };
}
