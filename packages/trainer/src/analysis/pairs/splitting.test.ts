import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { randomActivations, sourceOf, type Dense } from '../testing/planted.ts';
import { pairSums } from './pair-sums.ts';
import { splittingEdges } from './splitting.ts';

function edges(coarse: Dense, fine: Dense) {
  const [left, right] = [sourceOf('A/0', coarse), sourceOf('A/1', fine)];
  const sizes = { left: left.features, right: right.features };
  return splittingEdges(
    left,
    right,
    pairSums(left.entries, right.entries, sizes, { masked: true, maxBytes: 64 }),
  );
}

/** A parent that fires where either of two children does, and features that fire by themselves. */
function planted(tokens: number) {
  const uniform = uniforms(7);
  const coarse: number[][] = [];
  const fine: number[][] = [];
  const alone = randomActivations(tokens, [0.01, 0.01, 0.01, 0.01], uniform);
  for (let t = 0; t < tokens; t++) {
    const child = uniform() < 0.04 ? Math.floor(uniform() * 2) : null;
    const strength = 1 + uniform();
    const [a, b, c, d] = alone[t] as [number, number, number, number];
    coarse.push([a, child === null ? 0 : strength, b]);
    fine.push([child === 0 ? strength * (0.9 + 0.2 * uniform()) : 0, c, child === 1 ? strength : 0, d]);
  }
  return { coarse, fine };
}

test('a parent with two children gives exactly those two edges, seen from both sides', () => {
  const { coarse, fine } = planted(6000);
  const { children, parents } = edges(coarse, fine);
  expect(children.map((links) => links.map(({ feature }) => feature).toSorted((a, b) => a - b))).toEqual([
    [],
    [0, 2],
    [],
  ]);
  expect(parents.map((links) => links.map(({ feature }) => feature))).toEqual([[1], [], [1], []]);
  expect(children[1]!.map(({ dictionary }) => dictionary)).toEqual(['A/1', 'A/1']);
  // Where a child fires the parent fires as strongly, though over all tokens the cosine is about 0.7.
  for (const { similarity } of children[1]!) expect(similarity).toBeGreaterThan(0.99);
});

test('a feature that fires on fewer than ten tokens has no edges', () => {
  const fires = (times: number): Dense => Array.from({ length: 50 }, (_, t) => [t < times ? 1 : 0]);
  expect(edges(fires(9), fires(9)).children).toEqual([[]]);
  expect(edges(fires(10), fires(10)).children[0]).toHaveLength(1);
});
