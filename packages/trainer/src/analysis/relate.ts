import type { KeptParts } from './kept-parts.ts';
import { correlated, type Correlated } from './pairs/correlated.ts';
import { pairSums } from './pairs/pair-sums.ts';
import { splittingEdges } from './pairs/splitting.ts';
import { twins } from './pairs/twins.ts';
import { universality, type Universality } from './pairs/universality.ts';
import type { FeatureSource, Link, TwinLink } from './feature-source.ts';

/** How the features of one dictionary go with others, a list for each feature; empty where nothing was compared. */
export interface Relations {
  correlatedNeurons: Correlated[][];
  correlatedFeatures: Correlated[][];
  parents: Link[][];
  children: Link[][];
  twins: TwinLink[][];
}

export interface RelateOptions {
  readonly histogramBins: number;
  readonly kept: KeptParts;
  /** Called often with the share done; throws to stop. */
  readonly watch: (share: number) => void;
}

/** Bytes that the sums of pairs may take at a time. */
const MAX_BYTES = 2 ** 29;
const NEURONS = 5;
const FEATURES = 5;
const TWINS = 3;

/**
 * Compares everything that is compared: dictionaries with the neurons of their model and with themselves, each width
 * with the next wider one, and dictionaries of one width, or neurons, between models.
 */
export async function relate(
  sources: readonly FeatureSource[],
  { histogramBins, kept, watch }: RelateOptions,
): Promise<{ relations: Map<string, Relations>; universality: Universality[] }> {
  const none = ({ features }: FeatureSource) => Array.from({ length: features }, () => []);
  const relations = new Map<string, Relations>(
    sources.map((source) => [
      source.id,
      {
        correlatedNeurons: none(source),
        correlatedFeatures: none(source),
        parents: none(source),
        children: none(source),
        twins: none(source),
      },
    ]),
  );
  const comparisons = [
    ...neuronPairs(sources),
    ...ownPairs(sources),
    ...widthPairs(sources),
    ...modelPairs(sources),
  ];
  const found: Universality[] = [];
  const work = comparisons.map(pairsOf);
  const all = work.reduce((sum, pairs) => sum + pairs, 0);
  let before = 0;
  for (const [index, { left, right, kind }] of comparisons.entries()) {
    const blocks = () =>
      pairSums(
        left.entries,
        right.entries,
        { left: left.features, right: right.features },
        {
          masked: kind === 'widths',
          maxBytes: MAX_BYTES,
          watch: (share) => watch((before + work[index]! * share) / all),
        },
      );
    const name = `${kind} of ${left.id} and ${right.id}`;
    if (kind === 'neurons') {
      relations.get(left.id)!.correlatedNeurons = await kept.once(name, () =>
        correlated(left, right, blocks(), NEURONS),
      );
    } else if (kind === 'own') {
      relations.get(left.id)!.correlatedFeatures = await kept.once(name, () =>
        correlated(left, left, blocks(), FEATURES),
      );
    } else if (kind === 'widths') {
      const edges = await kept.once(name, () => splittingEdges(left, right, blocks()));
      relations.get(left.id)!.children = edges.children;
      relations.get(right.id)!.parents = edges.parents;
    } else {
      const matches = await kept.once(name, () => twins(left, right, blocks(), TWINS));
      append(relations.get(left.id)!.twins, matches.left);
      append(relations.get(right.id)!.twins, matches.right);
      const universal = universality(left, right, matches.left, histogramBins);
      if (universal !== null) found.push(universal);
    }
    before += work[index]!;
  }
  return { relations, universality: found };
}

interface Comparison {
  readonly left: FeatureSource;
  readonly right: FeatureSource;
  readonly kind: 'neurons' | 'own' | 'widths' | 'models';
}

/** Pairs of features that are active together, by and large, and all pairs, which are looked at. */
function pairsOf({ left, right }: Comparison): number {
  return left.sums.tokens * left.sums.l0 * right.sums.l0 + left.features * right.features;
}

function neuronPairs(sources: readonly FeatureSource[]): Comparison[] {
  return sources
    .filter(({ kind }) => kind === 'dictionary')
    .flatMap((left) => {
      const right = sources.find(({ kind, model }) => kind === 'neurons' && model === left.model);
      return right === undefined ? [] : [{ left, right, kind: 'neurons' as const }];
    });
}

/** Each dictionary, and the neurons, with themselves. */
function ownPairs(sources: readonly FeatureSource[]): Comparison[] {
  return sources.map((source) => ({ left: source, right: source, kind: 'own' }));
}

/** Each dictionary with the next wider one of its model. */
function widthPairs(sources: readonly FeatureSource[]): Comparison[] {
  return dictionariesByWidth(sources).flatMap((left) => {
    const right = dictionariesByWidth(sources).find(
      ({ model, features }) => model === left.model && features > left.features,
    );
    return right === undefined ? [] : [{ left, right, kind: 'widths' as const }];
  });
}

/** Of the first model and every other: dictionaries of the same width, by number where there are several; then neurons. */
function modelPairs(sources: readonly FeatureSource[]): Comparison[] {
  const models = [...new Set(sources.map(({ model }) => model))];
  const numberOf = ({ id }: FeatureSource) => id.slice(id.indexOf('/'));
  return models.slice(1).flatMap((model) =>
    [...dictionariesByWidth(sources), ...sources.filter(({ kind }) => kind === 'neurons')]
      .filter((left) => left.model === models[0])
      .flatMap((left) => {
        const alike = sources.filter(
          (right) => right.model === model && right.kind === left.kind && right.features === left.features,
        );
        const right = alike.find((candidate) => numberOf(candidate) === numberOf(left)) ?? alike[0];
        return right === undefined ? [] : [{ left, right, kind: 'models' as const }];
      }),
  );
}

export function dictionariesByWidth(sources: readonly FeatureSource[]): FeatureSource[] {
  return sources.filter(({ kind }) => kind === 'dictionary').toSorted((a, b) => a.features - b.features);
}

function append<L extends Link>(lists: L[][], more: readonly L[][]): void {
  lists.forEach((list, i) => list.push(...more[i]!));
}
