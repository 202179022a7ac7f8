import { MIN_ACTIVE_TOKENS } from '../pairs/splitting.ts';
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

/** How little the children of a telling split have in common. */
const DISTINCT = 0.5;
/** Splits that the conclusion needs. */
const LEAST_SPLITS = 3;

export function splitting({ splits, dictionaries, common }: Evidence): Judged {
  const widths = dictionaries.filter(({ kind }) => kind === 'dictionary');
  const narrower = widths.filter(({ features }) => features < widths.at(-1)!.features);
  const parents = narrower.reduce((sum, { id }) => sum + (common.get(id) ?? 0), 0);
  const telling = splits.filter(({ distinctness }) => distinctness >= DISTINCT);
  return {
    id: 'splitting',
    claim: 'Features split as dictionaries grow.',
    rule: `At least ${LEAST_SPLITS} features of a narrower dictionary have children in the next wider one of which no two share more than ${percent(1 - DISTINCT)} of what they fire on.`,
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
      telling.length >= LEAST_SPLITS
        ? null
        : `${telling.length} of the ${splits.length} splits found have such children, where ${LEAST_SPLITS} are asked for`,
    ],
    figures: [
      figure('splits whose children differ', telling.length, '', null),
      figure('dictionaries compared', widths.length, '', null),
    ],
    charts: [],
    features: shownOf(
      telling.map(({ parent, children }) => ({ ...parent, why: `splits into ${children.length}` })),
    ),
    against: [],
  };
}
