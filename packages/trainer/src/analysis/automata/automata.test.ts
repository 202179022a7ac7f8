import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { LogitWeights } from '../effects/logit-weights.ts';
import { surveyExamples } from '../examples/survey.ts';
import { sourceOf } from '../testing/planted.ts';
import { textOf } from '../testing/planted-text.ts';
import { automatonOf } from './automaton-of.ts';
import { findCycles } from './find-cycles.ts';
import { measureEdges, type AutomatonEdge } from './measure-edges.ts';
import { evenTexts, textsAtOnce } from './verify-cycles.ts';

const CONTEXT = 16;
const watch = () => {};

/** Text of a Markov chain: X goes to Y and back nine times in ten; all other letters follow anything. */
function markovText(length: number): string {
  const uniform = uniforms(11);
  const others = 'abcdefgh';
  let [letter, text] = ['a', ''];
  for (let i = 0; i < length; i++) {
    const bound = { X: 'Y', Y: 'X' }[letter];
    if (bound !== undefined && uniform() < 0.9) letter = bound;
    else letter = uniform() < 0.1 ? 'X' : others[Math.floor(uniform() * others.length)]!;
    // Words are not merged with each other, so each letter is a token.
    text += ` ${letter}`;
  }
  return text;
}

/** A dictionary with a feature for X, one for Y, and one for half of all tokens; each says what the chain says. */
function planted() {
  const { text, tokenizer } = textOf([{ id: 'chain', domain: null, text: markovText(6000) }], CONTEXT);
  const tokens = text.contexts.tokens;
  const letters = Array.from({ length: tokens }, (_, i) =>
    new TextDecoder().decode(tokenizer.tokenBytes(text.read(i, 1)[0]!)),
  );
  const uniform = uniforms(12);
  const dense = letters.map((letter) => [
    letter.includes('X') ? 1 + uniform() : 0,
    letter.includes('Y') ? 1 + uniform() : 0,
    uniform() < 0.5 ? 1 + uniform() : 0,
  ]);
  const source = sourceOf('A/1', dense);
  const weights = new LogitWeights(3, tokenizer.size, 4);
  const ids = (wanted: string) =>
    new Set(letters.flatMap((letter, i) => (letter.includes(wanted) ? [text.read(i, 1)[0]!] : [])));
  const row = (likelier: ReadonlySet<number>) =>
    Float32Array.from({ length: tokenizer.size }, (_, token) => (likelier.has(token) ? 5 : token / 1e4));
  weights.set(0, row(ids('Y')), 1);
  weights.set(1, row(ids('X')), 1);
  weights.set(2, row(ids('a')), 1);
  const survey = surveyExamples(source, text, {
    topExamples: 5,
    examplesPerInterval: 2,
    histogramBins: 4,
    seed: 1,
  });
  return { source, survey, weights, text, dense };
}

test('a two-cycle that is planted in a Markov text is found, and nothing else', () => {
  const { source, survey, weights, text } = planted();
  const edges = measureEdges(source, survey, weights, text, watch);
  expect(edges.map(({ from, to }) => `${from}→${to}`).toSorted()).toEqual(['0→1', '1→0']);
  const [cycle, ...more] = findCycles(edges, 10);
  expect(cycle!.map(({ from }) => from)).toEqual([0, 1]);
  expect(more).toEqual([]);
});

test('strength and lift of an edge are those of brute force', () => {
  const { source, survey, weights, text, dense } = planted();
  const edge = measureEdges(source, survey, weights, text, watch).find(({ from }) => from === 0)!;
  const max = Math.max(...dense.map((row) => row[0]!));
  const next = dense.flatMap((row, i) =>
    row[0]! > max / 2 && (i + 1) % CONTEXT !== 0 ? [dense[i + 1]![1]!] : [],
  );
  const share = next.filter((value) => value > 0).length / next.length;
  const everywhere = dense.filter((row) => row[1]! > 0).length / dense.length;
  expect(edge.lift).toBeCloseTo(share / everywhere, 9);
  // Activations are float32 in the file.
  expect(edge.strength).toBeCloseTo(next.reduce((sum, value) => sum + value, 0) / next.length, 5);
});

test('cycles of up to four are found once, by their weakest edge, and a loop of one is one', () => {
  const edge = (from: number, to: number, lift: number): AutomatonEdge => ({
    from,
    to,
    lift,
    share: 0.5,
    pull: lift / 10,
    strength: 1,
    tokens: [],
  });
  const edges = [
    edge(0, 0, 9),
    edge(2, 2, 1),
    edge(1, 2, 8),
    edge(2, 1, 5),
    edge(2, 3, 7),
    edge(3, 4, 7),
    edge(4, 1, 6),
    edge(4, 5, 9),
    edge(5, 1, 9),
  ];
  const cycles = findCycles(edges, 10).map((cycle) => cycle.map(({ from }) => from));
  expect(cycles).toEqual([[0], [1, 2, 3, 4], [1, 2], [2]]);
  expect(findCycles(edges, 1)).toHaveLength(1);
});

test('a feature knows what it leads to and what leads to it', () => {
  const [first, second] = automatonOf(
    [{ from: 0, to: 1, strength: 2, share: 0.5, lift: 3, tokens: [7], pull: 1 }],
    2,
  );
  expect(first).toEqual({ into: [{ feature: 1, strength: 2, lift: 3 }], outOf: [] });
  expect(second).toEqual({ into: [], outOf: [{ feature: 0, strength: 2, lift: 3 }] });
});

test('predictions of texts computed at once take 128 MiB at most, or are those of one text', () => {
  const bytes = (features: number, vocabulary: number) =>
    textsAtOnce(features, vocabulary) * 16 * (1 + features) * vocabulary * 8;
  for (const [features, vocabulary] of [
    [1, 300],
    [30, 1024],
    [64, 8192],
  ] as const)
    expect(bytes(features, vocabulary)).toBeLessThanOrEqual(2 ** 27);
  expect(textsAtOnce(1, 300)).toBe(32);
  expect(textsAtOnce(64, 65_536)).toBe(1);
});

test('no text is sampled after twice: errors over texts would shrink with every repeat', () => {
  const few = evenTexts({ count: 9, length: 33 });
  expect(few.map(({ first }) => first)).toEqual(Array.from({ length: 9 }, (_, i) => i * 33));
  expect(few[0]!.after.at(-1)).toBe(31);
  const many = evenTexts({ count: 1000, length: 64 });
  expect(new Set(many.map(({ first }) => first)).size).toBe(128);
});
