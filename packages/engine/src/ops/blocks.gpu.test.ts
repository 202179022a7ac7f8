import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  activation,
  activeMask,
  adam,
  adamScalars,
  add,
  batchTopK,
  causalAttention,
  clear,
  columnSum,
  compactRows,
  copy,
  copyRows,
  createMoments,
  crossEntropy,
  embedding,
  gate,
  groupTokens,
  jumpRelu,
  layernorm,
  listedReconstruction,
  maskedColumnSum,
  matmul,
  nearThreshold,
  openGates,
  rowAdam,
  rowGradientSquares,
  rowNorm,
  rowOffsets,
  residual,
  sampledProduct,
  scaleByMagnitude,
  sparseMatmul,
  sparseTransposedMatmul,
  stackedColumns,
  sparsityPenalty,
  subtractRow,
  topK,
  topKAmong,
  whereActive,
  whereActiveSums,
  whereMarked,
  type Gpu,
  type ProgramBuilder,
  type RowGradient,
  type TensorData,
  type Value,
} from '../index.ts';
import {
  openUnchecked,
  runRecorded,
  sample,
  seededRandom,
  sparseSample,
  withLargestBinding,
  type Sample,
  type WholeSample,
} from '../testing/index.ts';
import { softmax } from './softmax/softmax.ts';

// Values beyond one binding are cut into blocks of rows. Here a binding holds little, so that values of a megabyte are
// cut as those of gigabytes are on real adapters; what comes out must be what comes out in one piece, to the bit. Only
// hardware may add the terms of a product in another order, for it shares a long depth among workgroups.

const BINDING = 512 * 1024;
/** (B,F,D): f (B,F) and w (F,D) exceed a binding, in widths of both kinds of Column, and cut unevenly. */
type Size = readonly [number, number, number];
const SIZES: readonly Size[] = [
  [130, 2560, 64],
  [100, 2043, 67],
];
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

let gpu: Gpu;
let small: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
  small = withLargestBinding(gpu, BINDING);
});
afterAll(() => gpu.close());

type Values = Readonly<Record<string, Value>>;

function bitsDiffer(a: TensorData, b: TensorData): number {
  const bits = (of: { buffer: ArrayBufferLike }) => new Uint32Array(of.buffer);
  return bits(a).findIndex((word, i) => word !== bits(b)[i]);
}

/** By more than float32 rounds sums of some thousand terms in any order. */
function valuesDiffer(a: TensorData, b: TensorData): number {
  const values = [...b];
  const bound = 1e-5 * values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return values.findIndex((value, i) => !(Math.abs(a[i]! - value) <= bound));
}

/** Runs a recording whole and in blocks; values must agree, bindings must be small, and there must be blocks. */
async function compare(
  inputs: Readonly<Record<string, Sample | WholeSample>>,
  record: (p: ProgramBuilder, values: Values) => Values,
  scalars: Readonly<Record<string, number>> = {},
  firstDifference: (a: TensorData, b: TensorData) => number = bitsDiffer,
): Promise<void> {
  const sizes: number[] = [];
  const { device } = gpu;
  const createBindGroup = device.createBindGroup.bind(device);
  let groups = 0;
  device.createBindGroup = (descriptor) => {
    groups += 1;
    for (const { resource } of descriptor.entries) {
      if ('buffer' in resource) sizes.push(resource.size ?? resource.buffer.size);
    }
    return createBindGroup(descriptor);
  };
  try {
    const whole = await runRecorded(gpu, inputs, record, scalars);
    const inOne = groups;
    expect(Math.max(...sizes)).toBeGreaterThan(BINDING);
    groups = sizes.length = 0;
    const blocks = await runRecorded(small, inputs, record, scalars);
    expect(groups).toBeGreaterThan(inOne);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(BINDING);
    for (const [name, data] of Object.entries(whole)) {
      const differs = firstDifference(blocks[name]!, data);
      expect(differs, `first element of ${name} that differs`).toBe(-1);
    }
  } finally {
    device.createBindGroup = createBindGroup;
  }
}

function dictionary([B, F, D]: Size) {
  const random = seededRandom(F);
  return {
    f: sparseSample(random, [B, F]),
    w: sample([F, D], random.normal),
    d: sample([B, D], random.normal),
    stacked: sample([4 * B, D], random.normal),
    bias: sample([D], random.normal),
    features: sample([F], random.normal),
  };
}

test.each(SIZES)('the sparse ops of a dictionary of (B,F,D) = (%i,%i,%i)', async (...size) => {
  await compare(
    dictionary(size),
    (p, { f, w, d, bias, stacked }) => {
      const [B, F] = size;
      const mask = activeMask(p, f!);
      const offsets = rowOffsets(p, mask.rows);
      const entries = compactRows(p, f!, mask.rows, offsets, p.scalar('first'), 100_000);
      const listed = listedReconstruction(p, offsets, entries, { w: w!, bias: bias!, x: d! });
      const offset = { scalar: p.scalar('penalty'), scale: 0.5 };
      const { h, rowSum } = sampledProduct(p, d!, w!, f!, mask, { offset });
      const first = 32 * Math.ceil(B / 32);
      const twice = stackedColumns(p, [mask, mask], F, first);
      const again = { first, second: 2 * B, groups: [F], again: true };
      // Groups of columns that end before, inside and after the first block of features.
      const parts = { first: B, second: 0, groups: [7, 1500, F - 1, F] };
      return {
        rows: mask.rows,
        columns: mask.columns,
        y: sparseMatmul(p, f!, mask, w!, bias!, 'y'),
        listed: listed.y,
        squares: listed.squares,
        prefixes: sparseMatmul(p, f!, mask, w!, d!, 'prefixes', parts),
        g: sparseTransposedMatmul(p, f!, mask, d!, 'g'),
        grouped: sparseTransposedMatmul(p, f!, mask, stacked!, 'grouped', parts),
        again: sparseTransposedMatmul(p, f!, twice, stacked!, 'again', again),
        rowSum,
        // h is defined at the marked entries alone, which its sums and its gathered rows see all of.
        ...maskedColumnSum(p, f!, h, mask),
        gh: sparseTransposedMatmul(p, h, mask, d!, 'gh'),
        sumsOfGroups: maskedColumnSum(p, f!, sampledProduct(p, stacked!, w!, f!, mask, { parts }).h, mask)
          .sumH,
      };
    },
    { penalty: 0.25, first: 0 },
  );
});

test('the products of a dictionary', async () => {
  await compare(
    dictionary(SIZES[0]!),
    (p, { f, w, d, bias, features }) => {
      // Cut along rows and columns of the output; along rows and depth; along depth and rows.
      const pre = matmul(p, d!, w!, { transposeRight: true, bias: features!, relu: true });
      const y = matmul(p, f!, w!, { bias: bias!, scale: 0.5, relu: true });
      const gradient = matmul(p, f!, d!, { transposeLeft: true });
      const masked = matmul(p, d!, w!, { transposeRight: true, mask: f!, add: pre });
      return { pre, y, gradient, masked };
    },
    {},
    gpu.isCpu ? bitsDiffer : valuesDiffer,
  );
});

test('the products of a dictionary of odd sizes, turned', async () => {
  await compare(
    dictionary(SIZES[1]!),
    (p, { f, w, d }) => ({
      y: matmul(p, f!, w!),
      turned: matmul(p, w!, d!, { transposeRight: true }),
      back: matmul(p, w!, f!, { transposeLeft: true, transposeRight: true }),
    }),
    {},
    gpu.isCpu ? bitsDiffer : valuesDiffer,
  );
});

test('products over many sequences and heads', async () => {
  const [sequences, heads, width, context] = [40, 2, 8, 64];
  const random = seededRandom(16);
  await compare({ qkv: sample([sequences * context, 3 * heads * width], random.normal) }, (p, { qkv }) => {
    const attended = p.apply(causalAttention, { qkv: qkv! }, { heads, context });
    return { attended, dqkv: p.gradients(attended, attended, [qkv!]).get(qkv!)! };
  });
});

test.each(SIZES)('steps of the rows of w, for (B,F,D) = (%i,%i,%i)', async (...size) => {
  const [B, F, D] = size;
  const inputs = dictionary(size);
  const random = seededRandom(5);
  const narrow = sparseSample(random, [8, F]);
  const y = sample([8, D], random.normal);
  const dense = sample([F, D], random.normal);
  expect(B * F * 4).toBeGreaterThan(BINDING);
  await compare(
    { ...inputs, narrow, y, dense, second: inputs.w, third: inputs.w, fourth: inputs.w },
    (p, { f, w, d, features, narrow: few, y: rows, dense: gradient, second, third, fourth }) => {
      const step = (row: Value, from: RowGradient, unit: boolean) =>
        rowAdam(p, row, from, createMoments(p.gpu, row.tensor!), ADAM, {
          along: unit ? features! : null,
          unit,
        });
      const clip = rowGradientSquares(
        p,
        w!,
        { kind: 'sparse', f: f!, mask: activeMask(p, f!), y: d! },
        createMoments(p.gpu, w!.tensor!),
        ADAM,
        { along: null, unit: false },
      );
      step(w!, { kind: 'sparse', f: f!, mask: activeMask(p, f!), y: d! }, true);
      const squares = step(second!, { kind: 'sparse', f: few!, mask: activeMask(p, few!), y: rows! }, false);
      step(third!, { kind: 'dense', gradient: gradient! }, true);
      const mask = activeMask(p, f!);
      const first = 32 * Math.ceil(B / 32);
      const parts = { first, second: 0, groups: [F], again: true };
      const twice = {
        kind: 'sparse',
        f: f!,
        mask: stackedColumns(p, [mask, mask], F, first),
        y: d!,
        parts,
      } as const;
      const again = step(fourth!, twice, false);
      return { w: w!, second: second!, third: third!, squares, clip, fourth: fourth!, again };
    },
    adamScalars(ADAM, 1, 0.1),
  );
});

test('selections, and what goes element by element', async () => {
  const [B, F] = SIZES[1]!;
  const random = seededRandom(9);
  const wide = sample([B, F], random.normal);
  await compare(
    {
      wide,
      other: sample([B, F], random.normal),
      threshold: sample([F], () => random.uniform(0, 1)),
      parameter: wide,
    },
    (p, { wide: x, other, threshold, parameter }) => {
      adam(p, parameter!, other!, createMoments(p.gpu, parameter!.tensor!), ADAM);
      return {
        parameter: parameter!,
        top: topK(p, x!, 7),
        batchTop: whereMarked(p, x!, batchTopK(p, x!, 7).mask.rows),
        jump: jumpRelu(p, x!, threshold!),
        near: nearThreshold(p, x!, threshold!, 0.5),
        sum: add.forward(p, { a: x!, b: other! }, {}).output,
        gelu: activation.forward(p, { x: x! }, { kind: 'gelu' }).output,
        error: residual(p, x!, other!, 0.5).d,
        less: subtractRow(p, x!, threshold!, 'less'),
        where: whereActive(p, other!, x!, { scalar: p.scalar('penalty'), scale: 2 }),
      };
    },
    { ...adamScalars(ADAM, 1, 0.1), penalty: 0.25 },
  );
});

test('gates, penalties and what else goes over the marked entries of (B,F)', async () => {
  const [B, F] = SIZES[1]!;
  const random = seededRandom(15);
  const vector = (low: number, high: number): Sample => sample([F], () => random.uniform(low, high));
  await compare(
    {
      f: sparseSample(random, [B, F]),
      u: sample([B, F], random.normal),
      gateBias: vector(-1, 0),
      magnitudeBias: vector(-0.5, 0.5),
      magnitudeLogScale: vector(-0.5, 0.5),
      norms: vector(0.5, 2),
      idle: { shape: [F], values: Uint32Array.from({ length: F }, () => random.below(10)) },
    },
    (p, { f, u, gateBias, magnitudeBias, magnitudeLogScale, norms, idle }) => {
      const parameters = {
        gateBias: gateBias!,
        magnitudeBias: magnitudeBias!,
        magnitudeLogScale: magnitudeLogScale!,
      };
      const factor = { scalar: p.scalar('penalty'), scale: 0.5 };
      const mask = activeMask(p, f!);
      const h = copy(p, u!);
      const penalty = sparsityPenalty(p, f!, norms!, mask, h, { kind: 'tanh', sharpness: 2, factor });
      scaleByMagnitude(p, h, mask, magnitudeLogScale!);
      const cleared = copy(p, f!);
      clear(p, cleared);
      const active = whereActiveSums(p, u!, f!, factor);
      const compacted = compactRows(p, f!, mask.rows, rowOffsets(p, mask.rows), p.scalar('first'), 100_000);
      // What lies behind the entries is whatever was there, which the test fills alike.
      return {
        penalty: penalty.value,
        along: penalty.along,
        h,
        cleared,
        gated: gate(p, u!, parameters),
        open: openGates(p, u!, gateBias!),
        among: whereMarked(p, u!, topKAmong(p, u!, idle!, 5, 9).rows),
        masked: active.h,
        ...active.sums,
        columns: compacted.columns,
        values: compacted.values,
      };
    },
    { penalty: 0.25, first: 0 },
  );
});

test('norms of rows, and sums of columns, weighted and not', async () => {
  const [, F, D] = SIZES[1]!;
  const random = seededRandom(10);
  await compare(
    { w: sample([F, D], random.normal), scale: sample([F], random.normal) },
    (p, { w, scale }) => ({
      norms: rowNorm(p, w!),
      plain: columnSum(p, w!),
      weighted: columnSum(p, w!, scale!),
    }),
  );
});

test('a LayerNorm of many rows, and its gradients', async () => {
  const [N, D] = [3000, 67];
  const random = seededRandom(11);
  await compare(
    {
      x: sample([N, D], random.normal),
      gain: sample([D], random.normal),
      bias: sample([D], random.normal),
      dy: sample([N, D], random.normal),
    },
    (p, { x, gain, bias, dy }) => {
      const y = p.apply(layernorm, { x: x!, gain: gain!, bias: bias! }, { epsilon: 1e-5 });
      const gradients = p.gradients(y, dy!, [x!, gain!, bias!]);
      return { y, dx: gradients.get(x!)!, dGain: gradients.get(gain!)!, dBias: gradients.get(bias!)! };
    },
  );
});

test('a softmax over many matrices, and its gradient', async () => {
  const random = seededRandom(14);
  const shape = [40, 67, 67];
  await compare({ x: sample(shape, random.normal), dy: sample(shape, random.normal) }, (p, { x, dy }) => {
    const results: Record<string, Value> = {};
    for (const causal of [true, false]) {
      const y = p.apply(softmax, { x: x! }, { causal });
      results[`y ${causal}`] = y;
      results[`dx ${causal}`] = p.gradients(y, dy!, [x!]).get(x!)!;
    }
    return results;
  });
});

test('cross-entropy over a large vocabulary, and the embedding of its tokens, with their gradients', async () => {
  const [N, V, D, context] = [192, 2045, 68, 16];
  const random = seededRandom(12);
  const tokens = Uint32Array.from({ length: N }, () => random.below(V));
  const { order, starts } = groupTokens(tokens, V);
  const whole = (values: Uint32Array): WholeSample => ({ shape: [values.length], values });
  await compare(
    {
      logits: sample([N, V], random.normal),
      tokens: whole(tokens),
      order: whole(order),
      starts: whole(starts),
      table: sample([V, D], random.normal),
      positions: sample([context, D], random.normal),
      dLoss: sample([N], random.normal),
      dx: sample([N, D], random.normal),
    },
    (p, { logits, tokens: ids, order: sorted, starts: groups, table, positions, dLoss, dx }) => {
      const loss = p.apply(crossEntropy, { logits: logits! }, { targets: ids! });
      const x = p.apply(
        embedding,
        { tokenTable: table!, positionTable: positions! },
        { tokens: ids!, order: sorted!, starts: groups!, context },
      );
      return {
        loss,
        dLogits: p.gradients(loss, dLoss!, [logits!]).get(logits!)!,
        x,
        dTable: p.gradients(x, dx!, [table!]).get(table!)!,
      };
    },
  );
});

test('rows copied between tensors that are both in blocks', async () => {
  const [N, M, R, D] = [3000, 4000, 500, 67];
  const random = seededRandom(13);
  const places = Uint32Array.from({ length: 2 * R }, (_, i) =>
    i % 2 === 0 ? random.below(N) : (((i - 1) / 2) * 7 + 3) % M,
  );
  await compare(
    {
      source: sample([N, D], random.normal),
      destination: sample([M, D], random.normal),
      places: { shape: [R, 2], values: places },
    },
    (p, { source, destination, places: pairs }) => {
      copyRows(p, source!, pairs!, destination!);
      return { destination: destination! };
    },
    { rows: R - 3, scale: -0.5 },
  );
});
