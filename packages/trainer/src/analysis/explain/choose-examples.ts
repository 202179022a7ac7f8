import { windowAround, type Window } from '../examples/window.ts';
import { uniforms } from '../../random/seeded.ts';

/** Tokens of an example, as in the paper: four either side of the one it was chosen for. */
export const EXAMPLE_TOKENS = 9;

/** Evaluation tokens that a feature's examples are chosen for. */
export interface Candidates {
  /** The strongest, strongest first. */
  readonly top: readonly number[];
  /** Of every interval of activation and of the smallest activations, by name. */
  readonly groups: readonly { readonly name: string; readonly tokens: readonly number[] }[];
  /** Random places of the whole text. */
  readonly random: readonly number[];
  /** Places where the tokens stand on which the feature is strongest, wherever they are. */
  readonly outOfContext: readonly number[];
}

/** How many examples of each kind: Bricken et al. 2023, "Automated interpretability, activations". */
const STUDY = { top: 10, ofGroup: 2, random: 5, outOfContext: 10 };
const TEST = { top: 6, ofGroup: 2, random: 10, outOfContext: 20 };

/** Names of groups that others know an example by. */
export const RANDOM_PLACE = 'random place';
export const intervalName = (level: number): string => `interval ${level}`;

/** An example, and the group that it was chosen from. */
export interface ChosenExample extends Window {
  readonly group: string;
}

/** Examples that an explanation is made from, and others that it is judged by. */
export interface ChosenExamples {
  readonly study: readonly ChosenExample[];
  readonly test: readonly ChosenExample[];
}

/**
 * Chooses a feature's examples, by the paper's numbers: 10 of the top, 2 of every group, 5 random ones and 10 with
 * the top tokens anywhere to study; 6, 2 of each, 10 and 20 others to test. No token is in both: a test example that
 * touches an example to study is left out, and one that says the same elsewhere, as text that repeats itself does.
 *
 * @param context T; examples do not cross contexts
 * @param textOf what an example says, the same for two that say the same
 */
export function chooseExamples(
  candidates: Candidates,
  context: number,
  seed: number,
  textOf: (window: Window) => string,
): ChosenExamples {
  const shuffle = shuffler(seed);
  const named = (group: string, tokens: readonly number[]) => tokens.map((token) => ({ group, token }));
  // Alternating, so that both see the very strongest.
  const top = [
    candidates.top.filter((_, i) => i % 5 < 3),
    candidates.top.filter((_, i) => i % 5 >= 3),
  ] as const;
  const groups = candidates.groups.map(({ name, tokens }) => named(name, shuffle(tokens)));
  const random = named(RANDOM_PLACE, shuffle(candidates.random));
  const outOfContext = named('strongest token', shuffle(candidates.outOfContext));
  const studied = [
    ...named('top', top[0].slice(0, STUDY.top)),
    ...groups.flatMap((places) => places.slice(0, STUDY.ofGroup)),
    ...random.slice(0, STUDY.random),
    ...outOfContext.slice(0, STUDY.outOfContext),
  ];
  const tested = [
    ...named('top', top[1].slice(0, TEST.top)),
    ...groups.flatMap((places) => places.slice(STUDY.ofGroup, STUDY.ofGroup + TEST.ofGroup)),
    ...random.slice(STUDY.random, STUDY.random + TEST.random),
    ...outOfContext.slice(STUDY.outOfContext, STUDY.outOfContext + TEST.outOfContext),
  ];
  const study = distinct(studied, context, []);
  const known = new Set(study.map(textOf));
  const test = distinct(tested, context, study).filter((example) => !known.has(textOf(example)));
  return { study, test };
}

/** Windows around tokens, without those that touch an earlier one or one of the others. */
function distinct(
  places: readonly { readonly group: string; readonly token: number }[],
  context: number,
  others: readonly Window[],
): ChosenExample[] {
  const taken = new Set<number>();
  const fill = ({ start, end }: Window): void => {
    for (let token = start; token < end; token++) taken.add(token);
  };
  others.forEach(fill);
  return places.flatMap(({ group, token }) => {
    const window = windowAround(token, EXAMPLE_TOKENS, context);
    for (let at = window.start; at < window.end; at++) if (taken.has(at)) return [];
    fill(window);
    return [{ ...window, group }];
  });
}

function shuffler(seed: number): <T>(list: readonly T[]) => T[] {
  const uniform = uniforms(seed);
  return (list) => {
    const result = [...list];
    for (let i = result.length - 1; i > 0; i--) {
      const j = Math.floor(uniform() * (i + 1));
      [result[i], result[j]] = [result[j]!, result[i]!];
    }
    return result;
  };
}
