import type { FeatureRecord } from '@monosema/trainer/records';

/** One interval of one unit, to be rated by who does not know which. */
export interface RatingItem {
  /** Names the item without telling where it is from. */
  id: string;
  dictionary: string;
  feature: number;
  /** Of the interval to be rated: 0 the strongest, 10 the weakest. */
  level: number;
  record: FeatureRecord;
}

/** What a rater is given, in the order it is given in. */
export interface RatingSet {
  /** Of everything that is shown: ratings of another set are not comparable. */
  hash: string;
  items: readonly RatingItem[];
}
