import { MIN_ACTIVE_TOKENS } from '../pairs/splitting.ts';
import { DISTINCT, MOST_CHILDREN } from '../pairs/telling-splits.ts';
import {
  FEATURES,
  fewerThan,
  figure,
  LEAST_FEATURES,
  percent,
  shownOf,
  WIDTHS,
  widthsOf,
  type Evidence,
  type Judged,
} from './claim.ts';

/** Splits that the conclusion needs. */
const LEAST_SPLITS = 3;

export function splitting({ splits, dictionaries, common }: Evidence): Judged {
  const widths = dictionaries.filter(({ kind }) => kind === 'dictionary');
  const narrower = widths.filter(({ features }) => features < widths.at(-1)!.features);
  const parents = narrower.reduce((sum, { id }) => sum + (common.get(id) ?? 0), 0);
  const telling = splits.shown.filter(({ distinctness }) => distinctness >= DISTINCT);
  const split = splits.counted.reduce((sum, each) => sum + each.split, 0);
  const distinct = splits.counted.reduce((sum, each) => sum + each.distinct, 0);
  return {
    id: 'splitting',
    claim: 'Features split as dictionaries grow.',
    rule: `At least ${LEAST_SPLITS} features of a narrower dictionary have children in the next wider one of which no two share more than ${percent(1 - DISTINCT)} of what they fire on; where there are more than ${MOST_CHILDREN} children, the ${MOST_CHILDREN} most like it are compared.`,
    lacks: [
      fewerThan(2, widthsOf(widths).length, WIDTHS),
      fewerThan(
        LEAST_FEATURES,
        parents,
        FEATURES,
        ` of a narrower dictionary active on ${MIN_ACTIVE_TOKENS} tokens`,
      ),
    ],
    fails: [
      distinct >= LEAST_SPLITS
        ? null
        : `${distinct} of the ${split} features that split have such children, where ${LEAST_SPLITS} are asked for`,
    ],
    figures: [
      figure('features that split into children that differ', distinct, '', null),
      figure('features with two children or more', split, '', null),
      figure('dictionaries compared', widths.length, '', null),
    ],
    charts: [],
    features: shownOf(
      telling.map(({ parent, children }) => ({
        ...parent,
        why: `the ${children.length} children most like it differ`,
      })),
    ),
    against: [],
  };
}
