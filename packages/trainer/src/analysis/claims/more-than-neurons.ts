import { chart, fewerThan, figure, WIDTHS, widthsOf, type Evidence, type Judged } from './claim.ts';

/** Tokens that losses are compared over at least: of fewer, chance says which dictionary recovers more. */
const LEAST_PREDICTIONS = 1000;

export function moreThanNeurons({ dictionaries }: Evidence): Judged {
  const widths = dictionaries.filter(({ kind }) => kind === 'dictionary');
  const widest = widths.filter(({ features }) => features === widths.at(-1)!.features);
  const neurons = dictionaries.find(({ kind }) => kind === 'neurons')?.features ?? null;
  const live =
    widest.length === 0
      ? null
      : Math.max(
          ...widest.map(
            ({ features, deadFeatures, ultralowFeatures }) =>
              features - deadFeatures - (ultralowFeatures ?? 0),
          ),
        );
  // What the bias of a dictionary keeps is no work of its features.
  const overMean = widths.every(({ losses }) => losses == null || losses.reconstructed < losses.meanAblated);
  // Dictionaries of one width, as of several architectures, are not held against each other.
  const recovered = widthsOf(widths).map((width) =>
    widths.filter(({ features }) => features === width).map(({ lossRecovered }) => lossRecovered ?? NaN),
  );
  const rises = recovered.every(
    (values, i) => i === 0 || Math.min(...values) > Math.max(...recovered[i - 1]!),
  );
  return {
    id: 'more-than-neurons',
    claim: 'A few neurons stand for many more features.',
    rule: 'The widest dictionary has more live features than there are neurons, and each wider dictionary recovers more of the loss, all of them more than the mean of the activations does.',
    lacks: [
      neurons === null ? 'no neurons to count' : null,
      fewerThan(2, recovered.length, WIDTHS),
      fewerThan(
        LEAST_PREDICTIONS,
        Math.min(...widths.map(({ losses }) => losses?.tokens ?? Infinity)),
        ['token', 'tokens'],
        ' that losses are compared over',
      ),
      recovered.flat().some(Number.isNaN)
        ? 'no loss to recover: taking the activations out costs nothing, or reaches other layers too'
        : null,
    ],
    fails: [
      (live ?? 0) > (neurons ?? Infinity)
        ? null
        : `the widest dictionary has ${live ?? 0} live features for ${neurons} neurons`,
      rises ? null : 'a wider dictionary does not recover more than a narrower one',
      overMean ? null : 'a dictionary recovers no more than the mean of the activations does',
    ],
    figures: [
      figure('neurons', neurons, '', '512'),
      figure('live features of the widest dictionary', live, '', '131,072 learned'),
      ...widths.map(({ id, lossRecovered }) =>
        figure(
          `loss recovered, ${id}`,
          lossRecovered === null ? null : 100 * lossRecovered,
          '%',
          id.endsWith('/1') ? '79 %' : null,
        ),
      ),
    ],
    charts: chart(
      'Density of live features, log10',
      widths.map(({ id, densityHistogram }) => [id, densityHistogram] as const),
    ),
    features: [],
    against: [],
  };
}
