import { describe, expect, it, test } from 'vitest';
import { normals } from '../../random/seeded.ts';
import { VECTORS, type ParameterName, type Rule, type VectorName } from '../dictionary.ts';
import { checkLoss, evaluateLoss, type LossPoint } from '../testing/loss-case.ts';
import { golden } from '../testing/saelens-golden.ts';
import { SAELENS_NAMES, trainingCase, trainingPoint, transposed } from '../testing/saelens-training.ts';
import { april2024Loss } from './april-2024.reference.ts';
import { batchtopkLoss } from './batchtopk.reference.ts';
import { gatedLoss } from './gated.reference.ts';
import { jumpreluLoss } from './jumprelu.reference.ts';
import { matryoshkaLoss } from './matryoshka.reference.ts';
import { paperLoss } from './paper.reference.ts';
import type { Loss } from './reference.ts';
import { topkLoss } from './topk.reference.ts';

const A = 5;
const F = 13;
const B = 7;
const DEAD = Array.from({ length: F }, (_, j) => [2, 3, 7, 11].includes(j));
const TOPK = { k: 3, dead: DEAD, auxiliaryK: 2 };

/** Parameters of a rule and inputs, all normal; thresholds positive. */
function point(kind: Rule['kind'], seed: number): LossPoint {
  const normal = normals(seed);
  const draw = (length: number): Float64Array => Float64Array.from({ length }, normal);
  const vectors = VECTORS[kind].map((name) => {
    const values = draw(F).map((value) => 0.5 * value);
    return [name, name === 'threshold' ? values.map(Math.abs) : values] as const;
  });
  return {
    parameters: {
      encoder: draw(F * A),
      decoder: draw(F * A),
      decoderBias: draw(A),
      ...Object.fromEntries(vectors),
    },
    x: draw(B * A),
  };
}

const LOSSES: readonly { name: string; kind: Rule['kind']; loss: Loss; estimated?: readonly string[] }[] = [
  { name: 'paper', kind: 'standard', loss: paperLoss },
  { name: 'april-2024', kind: 'standard', loss: april2024Loss() },
  { name: 'topk', kind: 'topk', loss: topkLoss(TOPK) },
  { name: 'batchtopk', kind: 'topk', loss: batchtopkLoss(TOPK) },
  { name: 'matryoshka', kind: 'topk', loss: matryoshkaLoss({ ...TOPK, prefixes: [2, 5, F] }) },
  { name: 'gated', kind: 'gated', loss: gatedLoss() },
  { name: 'gated with free rows and no frozen copy', kind: 'gated', loss: gatedLoss('free', false) },
  {
    name: 'jumprelu, step',
    kind: 'jumprelu',
    loss: jumpreluLoss({ penalty: 'step', bandwidth: 0.25 }),
    estimated: ['threshold'],
  },
  {
    name: 'jumprelu, tanh',
    kind: 'jumprelu',
    loss: jumpreluLoss({ penalty: 'tanh', bandwidth: 0.25 }),
    estimated: ['threshold'],
  },
];

describe('the gradient of the whole loss agrees with central differences', () => {
  test.each(LOSSES)('$name', ({ kind, loss, estimated }) => {
    for (const seed of [1, 2, 3]) checkLoss(loss, point(kind, seed), estimated);
  });
});

const { d_in: WIDTH, d_sae: FEATURES } = golden;
const GOLDEN_DEAD = trainingCase('train/topk/k=2').dead_mask!.map((flag) => flag === 1);
const AUXILIARY = 'auxiliary_reconstruction_loss';

interface Shown {
  readonly name: string;
  readonly vectors: readonly VectorName[];
  readonly loss: Loss;
  readonly coefficient: number;
  /** Their names of our terms. */
  readonly terms: Readonly<Record<string, string>>;
}

const SAELENS: readonly Shown[] = [
  {
    name: 'train/standard/l1_coefficient=2.0',
    vectors: ['encoderBias'],
    loss: april2024Loss(true),
    coefficient: 2,
    terms: { reconstruction: 'mse_loss', sparsity: 'l1_loss' },
  },
  {
    name: 'train/topk/k=2,auxk without b_dec (post-#644)',
    vectors: ['encoderBias'],
    loss: topkLoss({ k: 2, dead: GOLDEN_DEAD, auxiliaryK: 2 }),
    coefficient: 1,
    terms: { reconstruction: 'mse_loss', auxiliary: AUXILIARY },
  },
  {
    name: 'train/jumprelu/l0_coefficient=1.5',
    vectors: ['encoderBias', 'threshold'],
    loss: jumpreluLoss({ penalty: 'step', bandwidth: 0.05 }),
    coefficient: 1.5,
    terms: { reconstruction: 'mse_loss', sparsity: 'l0_loss' },
  },
  {
    name: 'train/jumprelu/l0_coefficient=1.5,jumprelu_sparsity_loss_mode=tanh',
    vectors: ['encoderBias', 'threshold'],
    loss: jumpreluLoss({ penalty: 'tanh', bandwidth: 0.05 }),
    coefficient: 1.5,
    terms: { reconstruction: 'mse_loss', sparsity: 'l0_loss' },
  },
  {
    name: 'train/gated/l1_coefficient=2.0',
    vectors: ['gateBias', 'magnitudeBias', 'magnitudeLogScale'],
    loss: gatedLoss('free', false),
    coefficient: 2,
    terms: { reconstruction: 'mse_loss', sparsity: 'l1_loss', auxiliary: AUXILIARY },
  },
];

describe('SAELens 6.18 computes the same', () => {
  test.each(SAELENS)('$name', ({ name, vectors, loss, coefficient, terms }) => {
    const { losses, grads } = trainingCase(name);
    const got = evaluateLoss(loss, trainingPoint(vectors), { sparsity: coefficient });
    for (const [ours, theirs] of Object.entries(terms)) {
      const factor = ours === 'sparsity' ? coefficient : 1;
      // Theirs is float32 arithmetic.
      expect(factor * got.terms[ours]!, ours).toBeCloseTo(losses[theirs]!, 5);
    }
    for (const [ours, { values }] of Object.entries(got.gradients)) {
      if (ours === 'threshold') continue;
      const read = grads[SAELENS_NAMES[ours as ParameterName]]!;
      const want = ours === 'encoder' ? transposed(read, WIDTH, FEATURES) : read;
      values.forEach((value, i) => expect(value, `${ours} ${i}`).toBeCloseTo(want[i]!, 5));
    }
  });
});

describe('AuxK', () => {
  const { losses, loss } = trainingCase('train/topk/k=2');
  const evaluate = (dead: readonly boolean[]) =>
    evaluateLoss(topkLoss({ k: 2, dead, auxiliaryK: 2 }), trainingPoint(['encoderBias']));

  it('leaves b_dec out of what the dead features reconstruct, where SAELens 6.18 had it twice', () => {
    const { terms } = evaluate(GOLDEN_DEAD);
    expect(losses[AUXILIARY]).toBeCloseTo(6.2378, 4);
    expect(terms['auxiliary']).toBeCloseTo(5.6224, 4);
    expect(terms['reconstruction']! + losses[AUXILIARY]!).toBeCloseTo(loss, 5);
  });

  it('moves dead features alone, and nothing where none is dead', () => {
    const without = evaluate(GOLDEN_DEAD.map(() => false));
    expect(without.terms['auxiliary']).toBe(0);
    const { gradients } = evaluate(GOLDEN_DEAD);
    for (const name of ['encoder', 'decoder'] as const) {
      const [one, other] = [gradients[name]!.values, without.gradients[name]!.values];
      const moved = new Set<number>();
      one.forEach((value, i) => value !== other[i] && moved.add(Math.floor(i / WIDTH)));
      expect([...moved]).toEqual([0, 3]);
    }
  });
});

test('the gated loss holds its auxiliary decoder and b_dec fixed, where SAELens trains them through it', () => {
  const at = point('gated', 5);
  const onlyAuxiliary = { reconstruction: 0, sparsity: 0 };
  const frozen = evaluateLoss(gatedLoss(), at, onlyAuxiliary).gradients;
  const trained = evaluateLoss(gatedLoss('unit', false), at, onlyAuxiliary).gradients;
  expect(frozen.decoder!.values.every((value) => value === 0)).toBe(true);
  expect(trained.decoder!.values.some((value) => value !== 0)).toBe(true);
  expect(frozen.encoder!.values).toEqual(trained.encoder!.values);
  expect(frozen.magnitudeBias!.values.every((value) => value === 0)).toBe(true);
});

test("lambda of the sum convention is A times the paper's: the two losses have one direction", () => {
  const at = point('standard', 6);
  const lambda = 0.37;
  const ours = evaluateLoss(paperLoss, at, { sparsity: lambda * A }).gradients;
  // The paper takes the mean over elements of the squared error.
  const theirs = evaluateLoss(paperLoss, at, { reconstruction: 1 / A, sparsity: lambda }).gradients;
  for (const [name, { values }] of Object.entries(ours)) {
    const other = theirs[name as 'encoder']!.values;
    values.forEach((value, i) => expect(value).toBeCloseTo(A * other[i]!, 10));
  }
});

test.each([
  ['step', 1, (f: number) => (f > 0 ? 1 : 0)],
  ['tanh', 1 / 16, (f: number, norm: number) => Math.tanh(4 * f * norm)],
] as const)(
  'the gradient of a threshold under the %s penalty is the slope of the loss over a bandwidth of evenly spaced inputs',
  (penalty, threshold, penaltyOf) => {
    // One feature on one input dimension: pre = x, x̂ = w·f. Moving the threshold over an input drops it from the
    // loss; over a whole bandwidth that is a staircase with the slope that the rectangle estimates.
    const [w, bandwidth, lambda, rows] = [0.8, 1 / 64, 0.7, 4096];
    const x = Float64Array.from({ length: rows }, (_, i) => (2 * (i + 0.5)) / rows);
    const parameters = {
      encoder: Float64Array.of(1),
      decoder: Float64Array.of(w),
      decoderBias: Float64Array.of(0),
      encoderBias: Float64Array.of(0),
      threshold: Float64Array.of(threshold),
    };
    const lossAt = (at: number): number =>
      x.reduce((sum, value) => {
        const f = value > at ? value : 0;
        return sum + (value - w * f) ** 2 + lambda * penaltyOf(f, w);
      }, 0) / rows;
    const slope = (lossAt(threshold + bandwidth / 2) - lossAt(threshold - bandwidth / 2)) / bandwidth;
    const loss = jumpreluLoss({ penalty, bandwidth });
    const { gradients } = evaluateLoss(loss, { parameters, x }, { sparsity: lambda });
    // Inputs of a band differ little, and the tanh is nearly straight over so small a jump.
    expect(Math.abs(gradients.threshold!.values[0]! / slope - 1)).toBeLessThan(0.02);
  },
);
