import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  activation,
  activeMask,
  adam,
  adamScalars,
  batchTopK,
  columnSum,
  compactRows,
  createMoments,
  crossEntropy,
  embedding,
  groupTokens,
  layernorm,
  maskedColumnSum,
  rowAdam,
  rowNorm,
  rowOffsets,
  sampledProduct,
  scaleByMagnitude,
  softmax,
  sparseMatmul,
  sparseTransposedMatmul,
  subtractScaled,
  topK,
  whereActiveSums,
  type Gpu,
  type ProgramBuilder,
  type Value,
} from '../index.ts';
import {
  openUnchecked,
  runRecorded,
  sample,
  seededRandom,
  sparseSample,
  withLargestBinding,
  type WholeSample,
} from '../testing/index.ts';

// A dispatch that takes too long is cut along rows. Here hardly anything is short enough, so that rows are cut at sizes
// that a test can afford; what comes out must be what comes out of one dispatch, to the bit.

const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

let gpu: Gpu;
let hasty: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
  hasty = withLargestBinding(gpu, gpu.largestBinding);
  hasty.submissions.budgetMs = gpu.adapterClass === 'cpu-narrow' ? 0.2 : 0.04;
});
afterAll(() => gpu.close());

type Values = Readonly<Record<string, Value>>;

/** @param cuts dispatches more that there must be */
async function compare(
  inputs: Parameters<typeof runRecorded>[1],
  record: (p: ProgramBuilder, values: Values) => Values,
  cuts: number,
  scalars: Readonly<Record<string, number>> = {},
): Promise<void> {
  let dispatches = 0;
  const counted = (p: ProgramBuilder, values: Values): Values => {
    const dispatch = p.dispatch.bind(p);
    p.dispatch = (launch) => {
      dispatches += 1;
      dispatch(launch);
    };
    return record(p, values);
  };
  const whole = await runRecorded(gpu, inputs, counted, scalars);
  const before = dispatches;
  const inParts = await runRecorded(hasty, inputs, counted, scalars);
  expect(dispatches - before).toBeGreaterThanOrEqual(before + cuts);
  for (const [name, data] of Object.entries(whole)) {
    const bits = (of: { buffer: ArrayBufferLike }) => new Uint32Array(of.buffer);
    const differs = bits(inParts[name]!).findIndex((word, i) => word !== bits(data)[i]);
    expect(differs, `first element of ${name} that differs`).toBe(-1);
  }
}

test('steps over (B,F) and its marked entries', async () => {
  const [B, F, D] = [200, 516, 64];
  const random = seededRandom(1);
  await compare(
    {
      x: sample([B, F], random.normal),
      f: sparseSample(random, [B, F]),
      w: sample([F, D], random.normal),
      d: sample([B, D], random.normal),
      bias: sample([D], random.normal),
      other: sample([F, D], random.normal),
      scale: sample([F], random.normal),
    },
    (p, { x, f, w, d, bias, other, scale }) => {
      const mask = activeMask(p, f!);
      const { h, rowSum } = sampledProduct(p, d!, w!, f!, mask);
      const active = whereActiveSums(p, x!, f!, { scalar: p.scalar('penalty'), scale: 0.5 });
      const y = sparseMatmul(p, f!, mask, w!, bias!, 'y');
      const g = sparseTransposedMatmul(p, f!, mask, d!, 'g');
      const rows = compactRows(p, f!, mask.rows, rowOffsets(p, mask.rows), p.scalar('first'), B * F);
      const results = {
        columns: rows.columns,
        values: rows.values,
        top: topK(p, x!, 7),
        batchTop: batchTopK(p, x!, 7).mask.rows,
        y,
        g,
        rowSum,
        h: active.h,
        ...active.sums,
        marked: maskedColumnSum(p, f!, h, mask).sumFH,
        sums: columnSum(p, x!),
        less: subtractScaled(p, x!, f!, { scalar: p.scalar('penalty'), scale: 0.5 }),
        gelu: activation.forward(p, { x: x! }, { kind: 'gelu' }).output,
      };
      const norms = rowNorm(p, w!);
      scaleByMagnitude(p, h, mask, scale!);
      adam(p, other!, g, createMoments(p.gpu, other!.tensor!), ADAM);
      const gradient = { kind: 'sparse', f: f!, mask, y: d! } as const;
      rowAdam(p, w!, gradient, createMoments(p.gpu, w!.tensor!), ADAM, { along: null, unit: true });
      return { ...results, h, norms, w: w!, other: other! };
    },
    24,
    { ...adamScalars(ADAM, 1, 0.1), penalty: 0.25, first: 0 },
  );
});

test('rows of a transformer, forward and backward', async () => {
  const [N, V, T] = [192, 260, 48];
  const random = seededRandom(2);
  const targets: WholeSample = {
    shape: [N],
    values: Uint32Array.from({ length: N }, () => random.below(V)),
  };
  await compare(
    {
      logits: sample([N, V], random.normal),
      scores: sample([20, T, T], random.normal),
      gain: sample([V], random.normal),
      bias: sample([V], random.normal),
      dLoss: sample([N], random.normal),
      targets,
    },
    (p, { logits, scores, gain, bias, dLoss, targets: ids }) => {
      const loss = p.apply(crossEntropy, { logits: logits! }, { targets: ids! });
      const normed = p.apply(layernorm, { x: logits!, gain: gain!, bias: bias! }, { epsilon: 1e-5 });
      const gradients = p.gradients(normed, logits!, [logits!, gain!, bias!]);
      // Blocks of rows begin inside of the matrices, whose rows see more and more.
      const attention = p.apply(softmax, { x: scores! }, { causal: true });
      return {
        loss,
        dLogits: p.gradients(loss, dLoss!, [logits!]).get(logits!)!,
        normed,
        dx: gradients.get(logits!)!,
        dGain: gradients.get(gain!)!,
        attention,
        dScores: p.gradients(attention, attention, [scores!]).get(scores!)!,
      };
    },
    8,
  );
});

test('the embedding of many tokens, and the gradients of both tables', async () => {
  const [N, V, T] = [384, 500, 24];
  const random = seededRandom(3);
  const tokens = Uint32Array.from({ length: N }, () => random.below(V));
  const { order, starts } = groupTokens(tokens, V);
  const whole = (values: Uint32Array): WholeSample => ({ shape: [values.length], values });
  for (const D of [64, 63]) {
    await compare(
      {
        tokens: whole(tokens),
        order: whole(order),
        starts: whole(starts),
        table: sample([V, D], random.normal),
        positions: sample([2 * T, D], random.normal),
        dx: sample([N, D], random.normal),
      },
      (p, { tokens: ids, order: sorted, starts: groups, table, positions, dx }) => {
        const tables = { tokenTable: table!, positionTable: positions! };
        const batch = { tokens: ids!, order: sorted!, starts: groups!, context: T };
        const x = p.apply(embedding, tables, batch);
        const gradients = p.gradients(x, dx!, [table!, positions!]);
        return { x, dTable: gradients.get(table!)!, dPositions: gradients.get(positions!)! };
      },
      3,
    );
  }
});
