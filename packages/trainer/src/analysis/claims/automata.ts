import { figure, shownOf, type Evidence, type Judged } from './claim.ts';

export function automata({ cycles, edges }: Evidence): Judged {
  const verified = cycles.filter(({ holds }) => holds);
  const long = verified.filter(({ features }) => features.length > 1);
  const loops = verified.length - long.length;
  return {
    id: 'automata',
    claim: 'Features lead to each other like the states of an automaton.',
    rule: 'There is a feature that leads to itself and a cycle of two features or more, and in each, holding a feature makes the next one fire more often on what is sampled, by three standard errors.',
    lacks: [
      edges === null ? 'too few texts to sample after' : null,
      edges === 0 ? 'no feature that leads to another at enough places to be counted' : null,
    ],
    fails: [
      loops > 0 ? null : 'no feature is found that leads to itself',
      long.length > 0 ? null : 'no cycle of two features or more passes',
    ],
    figures: [
      figure('verified loops of one feature', loops, '', null),
      figure('verified cycles of two to four', long.length, '', null),
      figure('cycles looked at', cycles.length, '', null),
    ],
    charts: [],
    features: shownOf(
      verified.map(({ dictionary, features }) => ({
        dictionary,
        feature: features[0]!,
        rank: features.length,
        why: features.length > 1 ? `cycle ${features.join(' → ')}` : 'leads to itself',
      })),
    ),
    against: [],
  };
}
