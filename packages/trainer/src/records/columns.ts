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
  'neighbours',
  'parents',
  'children',
  'twins',
  'domains',
] as const satisfies readonly (keyof FeatureRecord)[];

/** Fields of a feature record kept as columns of numbers. */
export const numberFields = ['index', 'activeTokens', 'maxActivation', 'meanActivation'] as const;

const integer = (name: string): SchemaElement => ({ name, type: 'INT32', repetition_type: 'REQUIRED' });
const real = (name: string): SchemaElement => ({ name, type: 'DOUBLE', repetition_type: 'REQUIRED' });
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
  { name: 'topToken', type: 'INT32', repetition_type: 'OPTIONAL' },
  { name: 'dominantDomain', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  { name: 'dominantShare', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
  integer('parentCount'),
  integer('childCount'),
  integer('twinCount'),
  json('glimpses'),
  ...nestedFields.map(json),
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
    glimpses: glimpsesOf(feature),
  };
}

function wellFormed(feature: FeatureRecord): FeatureRecord {
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
