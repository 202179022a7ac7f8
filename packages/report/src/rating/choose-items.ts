import { createHash } from 'node:crypto';
import type { ExampleGroup, FeatureRecord, Records } from '@monosema/trainer/records';
import { seeded } from '../seeded.ts';
import { shownDictionary } from '../view/shown.ts';
import type { Site } from '../view/site.ts';
import type { RatingItem, RatingSet } from './rating-set.ts';

/** Units of a source, and intervals of each: half an hour's work with two sources. */
const UNITS = 10;
const INTERVALS = 2;
/** Active tokens that a unit needs to have intervals at all. */
const ACTIVE = 20;
const SEED = 1;

/** Dictionaries that are rated against each other: the one shown, the neurons of its model, the control. */
export function ratedSources(site: Site): string[] {
  const shown = shownDictionary(site);
  const model = shown === undefined ? undefined : site.dictionaries.get(shown)?.record.model;
  if (shown === undefined) return [];
  const others = [...site.dictionaries.values()]
    .filter(
      ({ record }) => record.kind === 'control' || (record.kind === 'neurons' && record.model === model),
    )
    .map(({ record }) => record.id);
  return others.length === 0 ? [] : [shown, ...others];
}

/**
 * Draws units of each source at random, and of each some of its intervals, all equally likely; then mixes the sources.
 * The same records always give the same set. Undefined where there is nothing to compare.
 */
export async function chooseItems(site: Site, records: Records): Promise<RatingSet | undefined> {
  const random = seeded(SEED);
  // All first intervals before all second ones, so that a unit does not come twice in a row.
  const rounds: Omit<RatingItem, 'id'>[][] = Array.from({ length: INTERVALS }, () => []);
  for (const dictionary of ratedSources(site)) {
    const active = site.dictionaries.get(dictionary)?.activeTokens ?? [];
    const candidates = shuffled(
      active.flatMap((tokens, feature) => (tokens >= ACTIVE ? [feature] : [])),
      random,
    );
    let units = 0;
    for (const feature of candidates) {
      if (units === UNITS) break;
      const record = await records.feature(dictionary, feature);
      const levels = shuffled(ratable(record), random).slice(0, INTERVALS);
      if (levels.length < INTERVALS) continue;
      units++;
      for (const [round, { level }] of levels.entries())
        rounds[round]?.push({ dictionary, feature, level: level ?? 0, record });
    }
  }
  const chosen = rounds.flatMap((round) => shuffled(round, random));
  if (new Set(chosen.map(({ dictionary }) => dictionary)).size < 2) return undefined;
  const hash = digest(
    chosen.map(({ dictionary, feature, level, record }) => [
      dictionary,
      feature,
      level,
      intervalOf(record, level),
    ]),
  );
  return {
    hash,
    items: chosen.map((item) => ({
      ...item,
      id: digest([hash, item.dictionary, item.feature, item.level]).slice(0, 10),
    })),
  };
}

/** The interval of a unit at a level. */
export function intervalOf({ exampleGroups }: FeatureRecord, level: number): ExampleGroup | undefined {
  return exampleGroups.find((group) => group.kind === 'interval' && group.level === level);
}

const ratable = ({ exampleGroups }: FeatureRecord): ExampleGroup[] =>
  exampleGroups.filter(({ kind, examples }) => kind === 'interval' && examples.length > 0);

const digest = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const mixed = [...values];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!];
  }
  return mixed;
}
