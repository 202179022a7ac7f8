import { expect, test } from 'vitest';
import { normals, uniforms } from '../../random/seeded.ts';
import { pearson } from '../explain/rank-correlation.ts';
import { randomActivations, sourceOf } from '../testing/planted.ts';
import { attributionSimilarity, logitSimilarity, type LogitMap } from './twin-similarity.ts';

const V = 30;

function logitMap(width: number, features: number, seed: number): LogitMap {
  const normal = normals(seed);
  return {
    width,
    directions: Float32Array.from({ length: features * width }, normal),
    weights: Float32Array.from({ length: V * width }, () => 0.3 + normal()),
    scale: 0.7,
  };
}

/** (V) logit weights of a feature. */
const rowOf = ({ width, directions, weights }: LogitMap, feature: number) =>
  Array.from({ length: V }, (_, v) =>
    Array.from(
      { length: width },
      (__, d) => directions[feature * width + d]! * weights[v * width + d]!,
    ).reduce((sum, value) => sum + value, 0),
  );

const [left, right] = [logitMap(5, 3, 1), logitMap(7, 4, 2)];
const PAIRS = [
  [0, 0],
  [0, 3],
  [2, 1],
] as const;

test('logit weights of models of different widths are compared over the whole vocabulary', () => {
  const found = logitSimilarity(left, right, PAIRS);
  PAIRS.forEach(([i, j], pair) =>
    expect(found[pair]).toBeCloseTo(pearson(rowOf(left, i), rowOf(right, j)), 9),
  );
  expect(logitSimilarity(left, left, [[1, 1]])[0]).toBeCloseTo(1, 12);
});

test('attributions are activation times the logit weight of the next token, over all tokens', () => {
  const uniform = uniforms(3);
  const [a, b] = [
    randomActivations(500, [0.3, 0.1, 0.2], uniform),
    randomActivations(500, [0.3, 0.2, 0.1, 0.4], uniform),
  ];
  const next = Uint32Array.from({ length: 500 }, () => Math.floor(V * uniform()));
  const found = attributionSimilarity(
    { ...left, entries: sourceOf('A/1', a).entries },
    { ...right, entries: sourceOf('B/1', b).entries },
    PAIRS,
    (first, count) => next.subarray(first, first + count),
    () => {},
  );
  PAIRS.forEach(([i, j], pair) => {
    const attributions = (dense: number[][], map: LogitMap, feature: number) => {
      const row = rowOf(map, feature);
      return dense.map((values, t) => values[feature]! * row[next[t]!]!);
    };
    // Activations and directions are float32.
    expect(found[pair]).toBeCloseTo(pearson(attributions(a, left, i), attributions(b, right, j)), 6);
  });
});
