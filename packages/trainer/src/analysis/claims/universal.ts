import { MIN_ACTIVE_TOKENS } from '../pairs/splitting.ts';
import {
  chart,
  FEATURES,
  fewerThan,
  figure,
  LEAST_FEATURES,
  NEURONS,
  valueOf,
  type Evidence,
  type Judged,
} from './claim.ts';

export function universal({ universality, dictionaries, shown }: Evidence): Judged {
  const neuronsId = dictionaries.find(({ kind }) => kind === 'neurons')?.id;
  const features = universality.find(({ from }) => from === shown);
  const neurons = universality.find(({ from }) => from === neuronsId);
  return {
    id: 'universal',
    claim: 'Features are found again in another model, more than neurons are.',
    rule: 'The median correlation of the best match in a model of another seed is larger for features than for neurons.',
    lacks: [
      features === undefined
        ? `no features of ${shown} to compare with a dictionary as wide on a second model`
        : fewerThan(
            LEAST_FEATURES,
            features.compared,
            FEATURES,
            ` of ${shown} active on ${MIN_ACTIVE_TOKENS} tokens`,
          ),
      neurons === undefined
        ? 'no neurons of two models to compare'
        : fewerThan(LEAST_FEATURES, neurons.compared, NEURONS, ` active on ${MIN_ACTIVE_TOKENS} tokens`),
    ],
    fails: [
      (features?.medianCorrelation ?? NaN) > (neurons?.medianCorrelation ?? NaN)
        ? null
        : `the median is ${valueOf(features?.medianCorrelation)} for features and ${valueOf(neurons?.medianCorrelation)} for neurons`,
    ],
    figures: [
      figure('median best match, features', features?.medianCorrelation, '', '0.72'),
      figure('median best match, neurons', neurons?.medianCorrelation, '', '0.46'),
      figure('median similarity of logit weights, features', features?.medianLogitWeights, '', null),
      figure('median similarity of attributions, features', features?.medianAttribution, '', null),
    ],
    charts: chart('Correlation with the best match in the other model', [
      ['features', features?.histogram],
      ['neurons', neurons?.histogram],
    ]),
    features: [],
    against: [],
  };
}
