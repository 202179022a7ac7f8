import type { SteeringRecord } from '../../records/schema.ts';
import {
  FEATURES,
  fewerThan,
  figure,
  idOf,
  keyOf,
  rounded,
  shownOf,
  type Evidence,
  type Judged,
} from './claim.ts';

type Steered = SteeringRecord['steering'][number];

/** By how many times pinning must raise the probability of a proxy's tokens. */
const STEERED = 5;
/** Features that must steer. */
const LEAST_STEERED = 2;

export function steering({ steering: all }: Evidence): Judged {
  // Where no other feature of its dictionary was held, half of the rule is not measured.
  const measured = all.filter(({ doses }) => doses !== undefined && doses[0]?.otherMass != null);
  const gains = measured.map((each) => ({ ...each, gain: gainOf(each, each.doses?.[0]) }));
  const steered = gains.filter(({ gain }) => gain >= STEERED);
  const steering = new Set(steered.map(keyOf)).size;
  const held = new Set(measured.map(keyOf)).size;
  return {
    id: 'steering',
    claim: 'Features can be used to steer the model.',
    rule: `Where a context has nothing of a kind of text so far, holding the best feature for it at its largest activation makes tokens of that kind at least ${STEERED} times as likely as they are, and as they are with another feature held likewise (the median one), for two features or more.`,
    lacks: [
      fewerThan(
        LEAST_STEERED,
        held,
        FEATURES,
        ' for a kind of text that could be held, beside another, where the text has nothing of it yet',
      ),
    ],
    fails: [
      steering >= LEAST_STEERED
        ? null
        : `${steering === 0 ? 'none' : 'only 1'} of the ${held} features held does, where ${LEAST_STEERED} are asked for`,
    ],
    figures: [
      figure('features that steer', steering, '', null),
      figure('features held', held, '', null),
      ...(measured[0]?.doses ?? []).map(({ times }, dose) =>
        figure(
          times === 1 ? 'largest gain' : `largest gain, held at ${times} times its largest activation`,
          Math.max(...measured.map((each) => gainOf(each, each.doses?.[dose]))),
          'times',
          null,
        ),
      ),
    ],
    charts: [],
    features: shownOf(
      steered.map((each) => ({
        ...idOf(each),
        rank: each.gain,
        why: `${each.proxy}: ${rounded(each.gain)} times as likely`,
      })),
    ),
    against: [],
  };
}

/** By how many times a dose raises the mass, over what it is without and over what other features make of it. */
function gainOf({ plainMass }: Steered, dose: NonNullable<Steered['doses']>[number] | undefined): number {
  if (dose === undefined || plainMass <= 0) return 0;
  return dose.pinnedMass / Math.max(plainMass, dose.otherMass ?? 0);
}
