import { expect, test } from 'vitest';
import { Counted } from '../testing/counted.ts';
import { sample, seededRandom } from '../testing/random.ts';
import { ACTIVATIONS, activationCost } from './activation/activation.ts';
import { activationReference, erf } from './activation/activation.reference.ts';
import { adamCost } from './adam/adam.ts';
import { adamReference, exactly } from './adam/adam.reference.ts';
import { columnSumCost } from './column-sum/column-sum.ts';
import { crossEntropyCost } from './cross-entropy/cross-entropy.ts';
import { crossEntropyReference } from './cross-entropy/cross-entropy.reference.ts';
import { differenceCrossEntropyCost } from './difference-cross-entropy/difference-cross-entropy.ts';
import { differenceExtremesCost } from './difference-extremes/difference-extremes.ts';
import { gateCost } from './gate/gate.ts';
import { gateReference } from './gate/gate.reference.ts';
import { jumpReluCost } from './jump-relu/jump-relu.ts';
import { thresholdGradientReference } from './jump-relu/jump-relu.reference.ts';
import { layernormCost } from './layernorm/layernorm.ts';
import { layernormReference } from './layernorm/layernorm.reference.ts';
import { matmulCost } from './matmul/problem.ts';
import { gradientNormCost } from './gradient-norm/gradient-norm.ts';
import { prefixResidualCost } from './prefix-residual/prefix-residual.ts';
import { prefixResidualReference } from './prefix-residual/prefix-residual.reference.ts';
import { rowNormCost } from './row-norm/row-norm.ts';
import { rowNormReference } from './row-norm/row-norm.reference.ts';
import { sparsityPenaltyCost } from './sparsity-penalty/sparsity-penalty.ts';
import { sparsityPenaltyReference } from './sparsity-penalty/sparsity-penalty.reference.ts';
import { residualCost } from './residual/residual.ts';
import { residualReference } from './residual/residual.reference.ts';
import { rowAdamCost } from './row-adam/row-adam.ts';
import { rowAdamReference } from './row-adam/row-adam.reference.ts';
import { sampledProductCost } from './sampled-product/sampled-product.ts';
import { softmaxCost } from './softmax/softmax.ts';
import { sparseMatmulCost } from './sparse-matmul/sparse-matmul.ts';
import { unembedCrossEntropyCost } from './unembed-cross-entropy/unembed-cross-entropy.ts';

// Each test computes an op with arithmetic that counts itself, holds the result against the op's float64 reference,
// so that what is counted is the op, and the count against what the op says it costs.

const random = seededRandom(17);
const draw = (...shape: number[]): Float64Array => sample(shape, random.normal).values;
const ADAM = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };
const RATE = 0.01;

function agree(got: readonly number[], want: Float64Array): void {
  expect(got.length).toBe(want.length);
  got.forEach((value, i) => expect(value).toBeCloseTo(want[i]!, 9));
}

/** Rows of a matrix, each turned into some numbers. */
function byRow(x: Float64Array, width: number, compute: (row: number[], n: number) => number[]): number[] {
  return Array.from({ length: x.length / width }, (_, n) =>
    compute([...x.subarray(n * width, (n + 1) * width)], n),
  ).flat();
}

test.each(ACTIVATIONS)('%s, and its gradient, cost what computing them takes', (kind) => {
  const N = 7;
  const [x, cotangent] = [draw(N), draw(N)];
  const reference = activationReference(kind, N);
  const root = Math.sqrt(2 / Math.PI);
  const inner = (c: Counted, v: number, square: number): number =>
    c.apply(Math.tanh, c.multiply(c.multiply(c.add(1, c.multiply(0.044715, square)), v), root));
  const cumulative = (c: Counted, v: number): number => c.add(1, c.apply(erf, c.multiply(v, Math.SQRT1_2)));

  const forward = new Counted();
  const value = (v: number): number => {
    const c = forward;
    if (kind === 'relu') return Math.max(v, 0);
    if (kind === 'gelu') return c.multiply(c.multiply(v, 0.5), cumulative(c, v));
    return c.multiply(c.multiply(v, 0.5), c.add(1, inner(c, v, c.multiply(v, v))));
  };
  agree([...x].map(value), reference.forward({ x }).values);
  expect(activationCost.forward({ N, kind }).flops).toBe(forward.operations);

  const backward = new Counted();
  const slope = (v: number, g: number): number => {
    const c = backward;
    if (kind === 'relu') return v > 0 ? g : 0;
    const square = c.multiply(v, v);
    if (kind === 'gelu') {
      const density = c.multiply(c.apply(Math.exp, c.multiply(square, -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return c.multiply(g, c.add(c.multiply(0.5, cumulative(c, v)), c.multiply(v, density)));
    }
    const t = inner(c, v, square);
    const inside = c.add(root / 2, c.multiply((3 * 0.044715 * root) / 2, square));
    const bend = c.multiply(c.multiply(v, c.subtract(1, c.multiply(t, t))), inside);
    return c.multiply(g, c.add(c.multiply(0.5, c.add(1, t)), bend));
  };
  agree(
    [...x].map((v, i) => slope(v, cotangent[i]!)),
    reference.backward({ x }, cotangent).x.values,
  );
  expect(activationCost.backward({ N, kind }).flops).toBe(backward.operations);
});

/** One element's step; the bias corrections come as factors, as the kernels get them. */
function adamStep(c: Counted, p: number, g: number, m: number, v: number, step: number): number {
  const first = c.add(c.multiply(ADAM.beta1, m), c.multiply(1 - ADAM.beta1, g));
  const second = c.add(c.multiply(ADAM.beta2, v), c.multiply(1 - ADAM.beta2, c.multiply(g, g)));
  const corrected = c.multiply(second, 1 / (1 - ADAM.beta2 ** step));
  const divisor = c.add(c.apply(Math.sqrt, corrected), ADAM.epsilon);
  const quotient = c.divide(c.multiply(first, 1 / (1 - ADAM.beta1 ** step)), divisor);
  return c.subtract(p, c.multiply(RATE, quotient));
}

test('a step of Adam costs what it takes, on rows of norm 1 too', () => {
  const [F, D] = [3, 5];
  const state = { parameter: draw(F, D), first: draw(F, D), second: draw(F, D).map(Math.abs) };
  const gradient = draw(F, D);
  const plain = new Counted();
  const { parameter, first, second } = state;
  const moved = [...parameter].map((p, i) => adamStep(plain, p, gradient[i]!, first[i]!, second[i]!, 3));
  agree(moved, adamReference(state, exactly(gradient), 3, RATE, ADAM).parameter.values);
  expect(adamCost({ N: F * D }).flops).toBe(plain.operations);
  // The squared norm of the gradient comes with it.
  const squares = new Counted();
  squares.sum([...gradient].map((g) => squares.multiply(g, g)));
  const rowsAsTheyAre = { F, D, along: false, unit: false };
  expect(rowAdamCost.dense(rowsAsTheyAre).flops).toBe(plain.operations + squares.operations);

  const unit = new Counted();
  const parallel = draw(F);
  const square = (row: number[]): number => unit.sum(row.map((w) => unit.multiply(w, w)));
  const unitRows = byRow(parameter, D, (row, j) => {
    const along = unit.divide(parallel[j]!, square(row));
    const next = row.map((w, d) => {
      const i = j * D + d;
      return adamStep(
        unit,
        w,
        unit.subtract(gradient[i]!, unit.multiply(along, w)),
        first[i]!,
        second[i]!,
        3,
      );
    });
    const inverse = unit.divide(1, unit.apply(Math.sqrt, square(next)));
    return next.map((w) => unit.multiply(w, inverse));
  });
  const rule = { along: parallel, unit: true };
  agree(unitRows, rowAdamReference(state, exactly(gradient), D, rule, 3, RATE, ADAM).parameter.values);
  const kept = { F, D, along: true, unit: true };
  expect(rowAdamCost.dense(kept).flops).toBe(unit.operations + squares.operations);
  // Gathering the gradient from 11 active entries multiplies and adds a row each.
  expect(rowAdamCost.sparse({ B: 4, ...kept, active: 11 }).flops).toBe(
    unit.operations + squares.operations + 11 * 2 * D,
  );
  const alone = new Counted();
  byRow(parameter, D, (row, j) => {
    const along = alone.divide(parallel[j]!, alone.sum(row.map((w) => alone.multiply(w, w))));
    const left = row.map((w, d) => alone.subtract(gradient[j * D + d]!, alone.multiply(along, w)));
    return [alone.sum(left.map((g) => alone.multiply(g, g)))];
  });
  const normsOnly = { B: 4, F, D, along: true, active: 11 };
  expect(rowAdamCost.norms(normsOnly).flops).toBe(alone.operations + 11 * 2 * D);
});

test('LayerNorm and its gradients cost what they take', () => {
  const [N, D] = [3, 5];
  const epsilon = 1e-3;
  const inputs = { x: draw(N, D), gain: draw(D), bias: draw(D) };
  const reference = layernormReference(N, D, epsilon);
  const mean = (c: Counted, values: number[]): number => c.divide(c.sum(values), D);
  const statistics = (c: Counted, row: number[]): { centred: number[]; mean: number; rstd: number } => {
    const average = mean(c, row);
    const centred = row.map((v) => c.subtract(v, average));
    const variance = mean(
      c,
      centred.map((v) => c.multiply(v, v)),
    );
    return { centred, mean: average, rstd: c.divide(1, c.apply(Math.sqrt, c.add(variance, epsilon))) };
  };

  const forward = new Counted();
  const y = byRow(inputs.x, D, (row) => {
    const { centred, rstd } = statistics(forward, row);
    return centred.map((v, d) =>
      forward.add(forward.multiply(forward.multiply(v, rstd), inputs.gain[d]!), inputs.bias[d]!),
    );
  });
  agree(y, reference.forward(inputs).values);
  expect(layernormCost.forward({ N, D }).flops).toBe(forward.operations);

  const cotangent = draw(N, D);
  const want = reference.backward(inputs, cotangent);
  const backward = new Counted();
  const dx = byRow(inputs.x, D, (row, n) => {
    const { mean: average, rstd } = statistics(new Counted(), row); // kept from forward
    const g = row.map((_, d) => backward.multiply(cotangent[n * D + d]!, inputs.gain[d]!));
    const normal = row.map((v) => backward.multiply(backward.subtract(v, average), rstd));
    const meanG = mean(backward, g);
    const meanGN = mean(
      backward,
      g.map((v, d) => backward.multiply(v, normal[d]!)),
    );
    return g.map((v, d) => {
      const rest = backward.subtract(backward.subtract(v, meanG), backward.multiply(normal[d]!, meanGN));
      return backward.multiply(rstd, rest);
    });
  });
  agree(dx, want.x.values);
  expect(layernormCost.backwardInput({ N, D }).flops).toBe(backward.operations);

  const parameters = new Counted();
  const terms = byRow(inputs.x, D, (row, n) => {
    const { mean: average, rstd } = statistics(new Counted(), row);
    return row.map((v, d) =>
      parameters.multiply(cotangent[n * D + d]!, parameters.multiply(parameters.subtract(v, average), rstd)),
    );
  });
  const column = (values: ArrayLike<number>, d: number): number =>
    parameters.sum(Array.from({ length: N }, (_, n) => values[n * D + d]!));
  agree(
    Array.from({ length: D }, (_, d) => column(terms, d)),
    want.gain.values,
  );
  agree(
    Array.from({ length: D }, (_, d) => column(cotangent, d)),
    want.bias.values,
  );
  expect(layernormCost.backwardParameters({ N, D, K: 1 }).flops).toBe(parameters.operations);
});

test('sums of columns cost what they take, scaled or not', () => {
  const [N, D] = [4, 3];
  const [x, scale] = [draw(N, D), draw(N)];
  for (const scaled of [false, true]) {
    const c = new Counted();
    for (let d = 0; d < D; d++)
      c.sum(
        Array.from({ length: N }, (_, n) => (scaled ? c.multiply(scale[n]!, x[n * D + d]!) : x[n * D + d]!)),
      );
    expect(columnSumCost({ N, D, K: 1, scaled }).flops).toBe(c.operations);
  }
});

/** exp(x - max) of every logit and their sum. */
function exponentials(c: Counted, logits: number[]): { top: number; each: number[]; total: number } {
  const top = Math.max(...logits);
  const each = logits.map((logit) => c.apply(Math.exp, c.subtract(logit, top)));
  return { top, each, total: c.sum(each) };
}

test('cross-entropy and its gradient cost what they take', () => {
  const [N, V] = [3, 6];
  const logits = draw(N, V);
  const targets = Uint32Array.from({ length: N }, () => random.below(V));
  const reference = crossEntropyReference(targets, V);
  const forward = new Counted();
  const logSums: number[] = [];
  const loss = byRow(logits, V, (row, n) => {
    const { top, total } = exponentials(forward, row);
    logSums.push(forward.add(forward.apply(Math.log, total), top));
    return [forward.subtract(logSums[n]!, row[targets[n]!]!)];
  });
  agree(loss, reference.forward({ logits }).values);
  expect(crossEntropyCost.forward({ N, V }).flops).toBe(forward.operations);

  const cotangent = draw(N);
  const backward = new Counted();
  const d = byRow(logits, V, (row, n) =>
    row.map((logit, v) => {
      const p = backward.apply(Math.exp, backward.subtract(logit, logSums[n]!));
      return backward.multiply(cotangent[n]!, v === targets[n] ? backward.subtract(p, 1) : p);
    }),
  );
  agree(d, reference.backward({ logits }, cotangent).logits.values);
  expect(crossEntropyCost.backward({ N, V }).flops).toBe(backward.operations);
});

test('cross-entropy chunk by chunk costs what taking in another chunk takes', () => {
  const [N, C] = [3, 4];
  const logits = draw(N, 2 * C);
  const targets = Uint32Array.from({ length: N }, () => random.below(2 * C));
  const [first, second] = [new Counted(), new Counted()];
  const loss = byRow(logits, 2 * C, (row, n) => {
    const finish = (c: Counted, total: number, top: number) =>
      c.subtract(c.add(c.apply(Math.log, total), top), row[targets[n]!]!);
    const known = exponentials(first, row.slice(0, C));
    finish(first, known.total, known.top);
    const c = second;
    const added = exponentials(c, row.slice(C));
    const top = Math.max(known.top, added.top);
    const scaled = (part: { total: number; top: number }) =>
      c.multiply(part.total, c.apply(Math.exp, c.subtract(part.top, top)));
    return [finish(c, c.add(scaled(known), scaled(added)), top)];
  });
  agree(loss, crossEntropyReference(targets, 2 * C).forward({ logits }).values);
  expect(unembedCrossEntropyCost.update({ N, C, begun: false }).flops).toBe(first.operations);
  expect(unembedCrossEntropyCost.update({ N, C, begun: true }).flops).toBe(second.operations);
  // A chunk's gradient is that of any logits.
  expect(unembedCrossEntropyCost.gradient({ N, C })).toEqual(crossEntropyCost.backward({ N, V: C }));
});

test.each([false, true])(
  'softmax and its gradient cost what the visible elements take, causal %s',
  (causal) => {
    const [N, D] = [12, 4];
    const scale = 0.5;
    const [forward, backward] = [new Counted(), new Counted()];
    for (let n = 0; n < N; n++) {
      const visible = causal ? (n % D) + 1 : D;
      const { each, total } = exponentials(forward, [...draw(visible)]);
      const p = each.map((v) => forward.divide(v, total));
      expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
      const dp = draw(visible);
      const mean = backward.sum(p.map((v, i) => backward.multiply(v, dp[i]!)));
      const ds = p.map((v, i) =>
        backward.multiply(scale, backward.multiply(v, backward.subtract(dp[i]!, mean))),
      );
      // Softmax does not change when all scores move together.
      expect(ds.reduce((a, b) => a + b)).toBeCloseTo(0, 12);
    }
    const hidden = causal ? (D - 1) / 2 : 0;
    expect(softmaxCost.forward({ N, D, hidden }).flops).toBe(forward.operations);
    expect(softmaxCost.backward({ N, D, hidden }).flops).toBe(backward.operations);
  },
);

test('losses of differences cost what four pairs a head take', () => {
  const [D, V, heads] = [5, 7, 2];
  const c = new Counted();
  for (let head = 0; head < heads; head++) {
    const [row, s, b] = [[...draw(D)], draw(V), draw(V)];
    const mean = c.divide(c.sum(row), D);
    const centred = row.map((v) => c.subtract(v, mean));
    for (const a of draw(4)) {
      const [u, w] = [draw(D), draw(V)];
      const squares = centred.map((v, d) => c.subtract(v, c.multiply(a, u[d]!))).map((v) => c.multiply(v, v));
      const variance = c.divide(c.sum(squares), D);
      const rho = c.divide(1, c.apply(Math.sqrt, c.add(variance, 1e-5)));
      const shift = c.multiply(rho, a);
      const logits = Array.from(b, (bias, v) =>
        c.add(c.subtract(c.multiply(rho, s[v]!), c.multiply(shift, w[v]!)), bias),
      );
      const { top, total } = exponentials(c, logits);
      c.subtract(c.add(c.apply(Math.log, total), top), logits[0]!);
    }
  }
  expect(differenceCrossEntropyCost({ N: 9, F: 9, D, V, heads }).flops).toBe(c.operations);
});

test('changes of logits cost what an item takes; comparing is not counted', () => {
  const [D, V, items] = [5, 7, 3];
  const c = new Counted();
  for (const a of draw(items)) {
    const [row, u, s, w] = [[...draw(D)], draw(D), draw(V), draw(V)];
    const mean = c.divide(c.sum(row), D);
    const centred = row.map((v) => c.subtract(v, mean));
    const squares = centred.map((v) => c.multiply(v, v));
    const taken = Array.from(u, (v) => c.multiply(a, v));
    const growths = taken.map((v, d) => c.multiply(v, c.subtract(v, c.add(centred[d]!, centred[d]!))));
    const variance = c.add(c.divide(c.sum(squares), D), 1e-5);
    const grown = c.divide(c.sum(growths), D);
    const rho = c.divide(1, c.apply(Math.sqrt, variance));
    const after = c.divide(1, c.apply(Math.sqrt, c.add(variance, grown)));
    const both = c.multiply(c.multiply(rho, rho), c.multiply(after, after));
    const stretch = c.divide(c.multiply(grown, both), c.add(rho, after));
    const shift = c.multiply(after, a);
    const changes = Array.from(s, (v, i) => c.add(c.multiply(stretch, v), c.multiply(shift, w[i]!)));
    // What it is, but for the signs that are left out: ρ' - ρ.
    expect(changes[0]).toBeCloseTo((rho - after) * s[0]! + after * a * w[0]!, 9);
  }
  expect(differenceExtremesCost({ N: 9, F: 9, D, V, items }).flops).toBe(c.operations);
});

test('residuals, gates and thresholds cost what they take', () => {
  const [B, F] = [3, 4];
  const [u, v] = [draw(B, F), draw(B, F)];
  const residual = new Counted();
  const rowLoss = byRow(u, F, (row, n) => {
    const differences = row.map((x, i) => residual.subtract(x, v[n * F + i]!));
    differences.forEach((difference) => residual.multiply(0.5, difference));
    return [residual.sum(differences.map((difference) => residual.multiply(difference, difference)))];
  });
  agree(rowLoss, residualReference(u, v, F, 0.5).rowLoss.values);
  expect(residualCost({ B, D: F }).flops).toBe(residual.operations);

  const gate = new Counted();
  const [gateBias, magnitudeBias, logScale] = [draw(F), draw(F), draw(F)];
  const scale = [...logScale].map((r) => gate.apply(Math.exp, r));
  const f = [...u].map((x, i) => {
    const open = gate.add(x, gateBias[i % F]!);
    const magnitude = gate.add(gate.multiply(scale[i % F]!, x), magnitudeBias[i % F]!);
    return open > 0 ? Math.max(magnitude, 0) : 0;
  });
  agree(f, gateReference(u, gateBias, magnitudeBias, logScale).f.values);
  expect(gateCost.gate({ B, F }).flops).toBe(gate.operations);

  const sums = new Counted();
  const [sumH, sumFH, sumK] = [draw(F), draw(F), draw(F)];
  for (let j = 0; j < F; j++) {
    sums.subtract(sumFH[j]!, sums.multiply(magnitudeBias[j]!, sumH[j]!));
    sums.add(sums.multiply(sums.apply(Math.exp, logScale[j]!), sumH[j]!), sumK[j]!);
  }
  expect(gateCost.gradients({ F }).flops).toBe(sums.operations);

  const threshold = new Counted();
  const [theta, products, count] = [draw(F), draw(F), draw(F)];
  const gradient = [...theta].map((t, j) => {
    const sum = threshold.add(threshold.multiply(t, products[j]!), threshold.multiply(0.3, count[j]!));
    return threshold.divide(-sum, 0.1);
  });
  agree(gradient, thresholdGradientReference(theta, products, count, 0.1, 0.3).values);
  expect(jumpReluCost.threshold({ F }).flops).toBe(threshold.operations);
});

test.each(['linear', 'tanh'] as const)('a %s penalty and its gradient cost what they take', (kind) => {
  const [B, F] = [6, 3];
  const f = draw(B, F).map((value) => Math.max(value, 0));
  const [n, h] = [draw(F).map(Math.abs), draw(B, F)];
  const [lambda, sharpness] = [0.4, 2];
  const c = new Counted();
  const value = new Float64Array(F);
  const along = new Float64Array(F);
  const moved = [...h];
  const factor = [...n].map((norm) => c.multiply(c.multiply(1, lambda), norm));
  f.forEach((activation, i) => {
    if (activation === 0) return;
    const j = i % F;
    let penalty = c.multiply(activation, n[j]!);
    let slope = factor[j]!;
    if (kind === 'tanh') {
      penalty = c.apply(Math.tanh, c.multiply(sharpness, penalty));
      const fall = c.multiply(c.subtract(1, penalty), c.add(1, penalty));
      slope = c.multiply(c.multiply(slope, sharpness), fall);
    }
    moved[i] = c.add(moved[i]!, slope);
    value[j] = c.add(value[j]!, penalty);
    along[j] = c.subtract(along[j]!, c.multiply(slope, activation));
  });
  const want = sparsityPenaltyReference(f, n, h, { kind, sharpness }, lambda);
  agree([...value], want.value.values);
  agree([...along], want.along.values);
  const active = f.filter((activation) => activation > 0).length;
  expect(sparsityPenaltyCost({ B, F, active, tanh: kind === 'tanh' }).flops).toBe(c.operations);
});

test('nested residuals, norms and their limits cost what they take', () => {
  const [B, D, G] = [3, 5, 2];
  const [reconstructions, x] = [draw(G * B, D), draw(B, D)];
  const nested = new Counted();
  const losses = byRow(x, D, (row, b) => {
    let [squares, last] = [0, 0];
    row.forEach((value, d) => {
      let sum = 0;
      for (let g = G - 1; g >= 0; g--) {
        const difference = nested.subtract(reconstructions[(g * B + b) * D + d]!, value);
        sum = nested.add(sum, difference);
        nested.multiply(0.5, sum);
        squares = nested.add(squares, nested.multiply(difference, difference));
        if (g === G - 1) last = nested.add(last, nested.multiply(difference, difference));
      }
    });
    return [nested.divide(squares, G), last];
  });
  const want = prefixResidualReference(reconstructions, x, D, 0.5);
  agree(
    losses.filter((_, i) => i % 2 === 0),
    want.prefixLoss.values,
  );
  expect(prefixResidualCost({ B, D, G }).flops).toBe(nested.operations);

  const norms = new Counted();
  const rows = byRow(x, D, (row) => [
    norms.apply(Math.sqrt, norms.sum(row.map((v) => norms.multiply(v, v)))),
  ]);
  agree(rows, rowNormReference(x, D).values);
  expect(rowNormCost({ F: B, D }).flops).toBe(norms.operations);

  const whole = new Counted();
  const squares = whole.sum([...x].map((v) => whole.multiply(v, v)));
  const total = whole.add(squares, whole.sum(rows));
  expect(
    gradientNormCost.squareSum({ N: B * D, squared: true, first: true }).flops +
      gradientNormCost.squareSum({ N: B, squared: false, first: false }).flops,
  ).toBe(whole.operations);
  const clip = new Counted();
  clip.divide(1, clip.add(clip.apply(Math.sqrt, total), 1e-6));
  expect(gradientNormCost.clip.flops).toBe(clip.operations);
});

test('products cost a multiplication and an addition a term, dense or by active entries', () => {
  const [m, k, n] = [3, 4, 5];
  const [left, right, bias] = [draw(m, k), draw(k, n), draw(n)];
  const dense = new Counted();
  const cell = (row: number, column: number): number =>
    dense.sum(
      Array.from({ length: k }, (_, i) => dense.multiply(left[row * k + i]!, right[i * n + column]!)),
    );
  for (let row = 0; row < m; row++)
    for (let column = 0; column < n; column++)
      dense.add(dense.multiply(0.5, cell(row, column)), bias[column]!);
  const value = { label: '', shape: [n], dtype: 'f32', tensor: null, part: null } as const;
  const epilogue = { scale: 0.5, bias: value, relu: true };
  expect(matmulCost({ batch: [1, 1], m, n, k, epilogue }).flops).toBe(dense.operations);
  expect(matmulCost({ batch: [2, 3], m, n, k, epilogue }).flops).toBe(6 * dense.operations);

  const [B, F, D] = [m, k, n];
  const active = [...left].filter((f) => f > 0).length;
  const [sparse, sampled] = [new Counted(), new Counted()];
  for (let b = 0; b < B; b++) {
    const y = [...bias];
    for (let j = 0; j < F; j++) {
      const f = left[b * F + j]!;
      if (!(f > 0)) continue;
      for (let d = 0; d < D; d++) y[d] = sparse.add(y[d]!, sparse.multiply(f, right[j * D + d]!));
      // h = d · w + offset, and f's part in the sum of its row.
      sampled.add(sampled.sum(y.map((v, d) => sampled.multiply(v, right[j * D + d]!))), 0.1);
      sampled.add(0, f);
    }
  }
  // The bias, where the sums begin, is added once an element.
  expect(sparseMatmulCost({ B, F, D, active }).flops).toBe(sparse.operations + B * D);
  expect(sampledProductCost({ B, F, D, active }).flops).toBe(sampled.operations);
});
