import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../device/gpu.ts';
import { openDevice } from '../device/open-device.ts';
import { bindingsOf } from '../program/bindings.ts';
import { ProgramBuilder, type Launch } from '../program/builder.ts';
import { textOf } from '../program/kernel.ts';
import { Scalar, wholeOf, type Value } from '../program/value.ts';
import { sizeOf, type Shape } from '../tensor/shape.ts';
import { createTensor, type DType } from '../tensor/tensor.ts';
import { asHardware } from '../testing/as-hardware.ts';
import { aboveBounds } from './above-bounds/above-bounds.ts';
import { accumulate } from './accumulate/accumulate.ts';
import { activation } from './activation/activation.ts';
import { activeMask } from './active-mask/active-mask.ts';
import { adam, createMoments } from './adam/adam.ts';
import { add } from './add/add.ts';
import { batchTopK } from './batch-top-k/batch-top-k.ts';
import { clear } from './clear/clear.ts';
import { columnSum } from './column-sum/column-sum.ts';
import { compactRows, rowOffsets } from './compact-rows/compact-rows.ts';
import { copy } from './copy/copy.ts';
import { copyRows } from './copy-rows/copy-rows.ts';
import { crossEntropy } from './cross-entropy/cross-entropy.ts';
import { differenceCrossEntropy } from './difference-cross-entropy/difference-cross-entropy.ts';
import { differenceExtremes } from './difference-extremes/difference-extremes.ts';
import { embedding } from './embedding/embedding.ts';
import { gate, gateGradients, openGates, scaleByMagnitude } from './gate/gate.ts';
import { clipGradients, squaredGradientNorm } from './gradient-norm/gradient-norm.ts';
import { countIdle } from './idle-rows/idle-rows.ts';
import { jumpRelu, nearThreshold, thresholdGradient } from './jump-relu/jump-relu.ts';
import { layernorm } from './layernorm/layernorm.ts';
import { linear } from './linear/linear.ts';
import { maskedColumnSum } from './masked-column-sum/masked-column-sum.ts';
import { mean } from './mean/mean.ts';
import { prefixResidual } from './prefix-residual/prefix-residual.ts';
import { residual } from './residual/residual.ts';
import { rowAdam } from './row-adam/row-adam.ts';
import { rowNorm } from './row-norm/row-norm.ts';
import { runningThreshold } from './running-threshold/running-threshold.ts';
import { sampledProduct } from './sampled-product/sampled-product.ts';
import { softmax } from './softmax/softmax.ts';
import { sparseMatmul } from './sparse-matmul/sparse-matmul.ts';
import { sparsityPenalty } from './sparsity-penalty/sparsity-penalty.ts';
import { sparseTransposedMatmul } from './sparse-transposed-matmul/sparse-transposed-matmul.ts';
import { subtractRow } from './subtract-row/subtract-row.ts';
import { subtractScaled } from './subtract-scaled/subtract-scaled.ts';
import { topK } from './top-k/top-k.ts';
import { topKAmong } from './top-k-among/top-k-among.ts';
import { unembedCrossEntropy } from './unembed-cross-entropy/unembed-cross-entropy.ts';
import { whereActive } from './where-active/where-active.ts';
import { whereActiveSums } from './where-active-sums/where-active-sums.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

/** Notes what is dispatched. */
class Recorder extends ProgramBuilder {
  readonly launches: Launch[] = [];

  override dispatch(launch: Launch): void {
    this.launches.push(launch);
    super.dispatch(launch);
  }
}

/** The text of a kernel says whether a binding is read, written, or both; a statement that assigns to an element writes it. */
function traffic(text: string, name: string, written: boolean): number {
  if (!written) return 1;
  // Without comments, and without what only a block does that goes on from another's sums.
  const code = text
    .replaceAll(/\/\/.*$/gm, '')
    .replaceAll(/if \((first\w+ > 0u|GOES_ON == 1u|here\.goesOn == 1u)\) \{[^}]*\}|fn before\([^}]*\}/g, '');
  let [reads, writes] = [false, false];
  for (const { index } of code.matchAll(new RegExp(`\\b${name}\\s*\\[`, 'g'))) {
    let at = code.indexOf('[', index) + 1;
    for (let depth = 1; depth > 0; at++) depth += code[at] === '[' ? 1 : code[at] === ']' ? -1 : 0;
    const rest = code.slice(at).trimStart();
    if (/^=[^=]/.test(rest)) writes = true;
    else if (/^[-+*|&]=/.test(rest)) [reads, writes] = [true, true];
    else reads = true;
  }
  return Number(reads) + Number(writes);
}

/** Bytes of everything a dispatch binds, by its kernel's text: twice what is read and written. */
async function boundBytes(p: Recorder, { kernel, bindings }: Launch): Promise<number> {
  const text = await textOf(gpu, kernel);
  const counted = new Map<Value, number>();
  for (const [binding, { name, written }] of bindingsOf(text)) {
    const value = bindings[binding]!;
    const fewBytes = value === p.scalars || value.label === 'threshold bits';
    if (value !== p.unread && !fewBytes) counted.set(wholeOf(value), traffic(text, name, written));
  }
  return [...counted].reduce((sum, [value, times]) => sum + 4 * sizeOf(value.shape) * times, 0);
}

/** One of two columns, and words without their summary or the reverse. */
const IN_PART = new Set([
  'batch-threshold/count-rows',
  'batch-threshold/rows-before',
  'batch-threshold/gather',
  'batch-threshold/count',
  'batch-threshold/narrow',
  'batch-threshold/keep',
  'batch-threshold/kept-of-rows',
  'active-mask/column',
  'active-mask/column-summary',
]);

const ADAM = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };

/** Operands by the names of their sizes. */
function operands(p: ProgramBuilder) {
  return (label: string, shape: Shape, dtype: DType = 'f32'): Value =>
    p.persistent(createTensor(p.gpu, label, shape, null, dtype));
}

function recordDense(p: ProgramBuilder): void {
  const make = operands(p);
  const [N, D, V, B, F] = [6, 10, 7, 9, 20];
  const x = make('x', [N, D]);
  const gradientOf = (y: Value, ...wanted: Value[]): void =>
    void p.gradients(y, make('cotangent', y.shape), wanted);
  const step = p.scalar('step');

  for (const kind of ['relu', 'gelu', 'gelu_new'] as const)
    gradientOf(p.apply(activation, { x }, { kind }), x);
  p.apply(add, { a: x, b: make('b', [N, D]) }, {});
  adam(p, x, make('g', [N, D]), createMoments(p.gpu, x.tensor!), ADAM);
  columnSum(p, make('many rows', [150, D]));
  columnSum(p, x, make('scale', [N]));
  gradientOf(p.apply(mean, { x }, {}), x);
  const [gain, bias] = [make('gain', [D]), make('bias', [D])];
  gradientOf(p.apply(layernorm, { x, gain, bias }, { epsilon: 1e-5 }), x, gain, bias);
  gradientOf(p.apply(softmax, { x }, { causal: false }), x);
  const logits = make('logits', [N, V]);
  gradientOf(p.apply(crossEntropy, { logits }, { targets: make('targets', [N], 'u32') }), logits);
  residual(p, x, make('x̂', [N, D]), 0.5);
  subtractRow(p, x, make('v', [D]), 'y');
  subtractScaled(p, x, make('y', [N, D]), { scalar: step, scale: 2 });
  whereActive(p, x, make('f', [N, D]), { scalar: step, scale: 2 });
  whereActiveSums(p, make('many x', [150, D]), make('many f', [150, D]), { scalar: step, scale: 2 });
  // So many that every group of columns may have one.
  topK(p, make('pre', [B, F]), 5);
  batchTopK(p, make('pre', [B, F]), 5);
  accumulate(p, make('counts', [F]), make('total', [F], 'u32'));
  const [theta, products, near] = [make('θ', [F]), make('products', [F]), make('near', [F])];
  jumpRelu(p, make('pre', [B, F]), theta);
  nearThreshold(p, make('pre', [B, F]), theta, 0.1);
  thresholdGradient(p, theta, products, near, 0.1, { scalar: step, scale: 1 });
  const parameters = {
    gateBias: make('gb', [F]),
    magnitudeBias: make('mb', [F]),
    magnitudeLogScale: make('r', [F]),
  };
  gate(p, make('u', [B, F]), parameters);
  openGates(p, make('u', [B, F]), parameters.gateBias);
  gateGradients(p, make('Σh', [F]), make('Σfh', [F]), make('Σk', [F]), parameters);
  aboveBounds(p, make('pre', [B, F]), make('row bounds', [B]), make('column bounds', [F]));
  topKAmong(p, make('pre', [B, F]), make('idle', [F], 'u32'), 5, 5);
  countIdle(p, make('counts', [F]), make('idle', [F], 'u32'), B);
  runningThreshold(p, make('threshold bits', [4], 'u32'), make('running', [1]), step);
  const nested = { first: B, groups: [3, F] };
  prefixResidual(p, make('x̂', [2 * B, D]), make('x', [B, D]), nested, 0.5);
  const norm = squaredGradientNorm(p, [
    { value: x, squared: false },
    { value: make('squares', [F]), squared: true },
  ]);
  clipGradients(p, norm, 1, step);
  clear(p, make('y', [N, D]));
  copy(p, x);
  const mask = activeMask(p, make('f', [B, F]));
  rowOffsets(p, mask.rows);
  const w = make('w', [F, D]);
  const gradient = { kind: 'dense', gradient: make('dw', [F, D]) } as const;
  rowAdam(p, w, gradient, createMoments(p.gpu, w.tensor!), ADAM, { along: null, unit: false });
  rowAdam(p, w, gradient, createMoments(p.gpu, w.tensor!), ADAM, { along: make('along', [F]), unit: true });
  rowNorm(p, w);
  // As many positions as tokens, so that each row of the table may be read.
  const tables = { tokenTable: make('tokens', [N, D]), positionTable: make('positions', [3, D]) };
  const tokens = {
    tokens: make('t', [N], 'u32'),
    order: make('order', [N], 'u32'),
    starts: make('starts', [N + 1], 'u32'),
  };
  gradientOf(p.apply(embedding, tables, { ...tokens, context: 3 }), tables.tokenTable, tables.positionTable);
}

/** Ops that walk a mask over (70,40). */
function recordSparse(p: ProgramBuilder): void {
  const make = operands(p);
  const [B, F, D] = [70, 40, 12];
  const f = make('f', [B, F]);
  const mask = activeMask(p, f);
  const [w, y] = [make('w', [F, D]), make('y', [B, D])];
  sparseMatmul(p, f, mask, w, make('bias', [D]), 'x̂');
  sparseTransposedMatmul(p, f, mask, y, 'g');
  const offset = { scalar: p.scalar('step'), scale: 1 };
  sampledProduct(p, y, w, f, mask, { offset });
  sparsityPenalty(p, f, make('n', [F]), mask, make('h', [B, F]), { kind: 'tanh', factor: offset });
  scaleByMagnitude(p, make('h', [B, F]), mask, make('r', [F]));
  maskedColumnSum(p, f, make('h', [B, F]), mask);
  rowAdam(p, w, { kind: 'sparse', f, mask, y }, createMoments(p.gpu, w.tensor!), ADAM, {
    along: make('along', [F]),
    unit: true,
  });
}

test('bytes are those of all operands, each touched once for every read and every write', async () => {
  for (const on of [gpu, asHardware(gpu)]) {
    const p = new Recorder(on, 'dense');
    recordDense(p);
    expect(p.launches.length).toBeGreaterThan(100);
    for (const launch of p.launches) {
      const { kernel, cost } = launch;
      if (IN_PART.has(kernel.label)) continue;
      expect(cost, kernel.label).toEqual({ flops: expect.any(Number), bytes: await boundBytes(p, launch) });
    }
  }
});

test('where all entries are active, sparse ops touch all that they bind', async () => {
  const p = new Recorder(gpu, 'sparse');
  recordSparse(p);
  const sparse = p.launches.filter(({ cost }) => cost !== null && 'entries' in cost);
  expect(sparse.length).toBe(7);
  for (const launch of sparse) {
    const cost = launch.cost as Extract<Launch['cost'], { entries: unknown }>;
    expect(cost.of(70 * 40).bytes, launch.kernel.label).toBe(await boundBytes(p, launch));
    expect(cost.of(0).flops).toBeLessThan(cost.of(1).flops);
    expect(cost.of(0).bytes).toBeLessThan(cost.of(1).bytes);
  }
});

test('what a scalar says how much of is there touches all of it at the most', async () => {
  const p = new Recorder(gpu, 'by scalars');
  const make = operands(p);
  // As many places as rows, and as many heads and pairs as rows and directions, so that each can be touched.
  copyRows(p, make('source', [5, 8]), make('places', [5, 2], 'u32'), make('destination', [5, 8]));
  const [N, F, D, V] = [3, 12, 8, 16];
  const inputs = {
    rows: make('rows', [N, D]),
    directions: make('directions', [F, D]),
    rowLogits: make('row logits', [N, V]),
    directionLogits: make('direction logits', [F, V]),
    bias: make('bias', [V]),
    items: make('items', [5 * N, 2], 'u32'),
    count: p.scalar('heads'),
  };
  differenceCrossEntropy(p, inputs, 1e-5);
  differenceExtremes(p, { ...inputs, items: make('pairs', [F, 4], 'u32') }, 1e-5);
  for (const [launch, all] of [
    [p.launches[0]!, 5],
    [p.launches[1]!, N],
    [p.launches[2]!, F],
  ] as const) {
    const cost = launch.cost as Extract<Launch['cost'], { entries: unknown }>;
    expect(cost.entries).toBeInstanceOf(Scalar);
    expect(cost.of(all).bytes, launch.kernel.label).toBe(await boundBytes(p, launch));
  }
});

test('a product costs two operations a term, by whichever kernels, and packing none', async () => {
  const [N, D, M] = [33, 18, 21];
  for (const on of [gpu, asHardware(gpu)]) {
    const p = new Recorder(on, 'products');
    const make = operands(p);
    const [x, w, b] = [make('x', [N, D]), make('w', [D, M]), make('b', [M])];
    const total = (): number =>
      p.launches.splice(0).reduce((sum, { cost }) => sum + (cost as { flops: number }).flops, 0);
    const y = p.apply(linear, { x, w, b }, { relu: false, label: 'y' });
    expect(total()).toBeCloseTo(N * M * (2 * D + 1), 6);
    p.gradients(y, make('dy', [N, M]), [x, w]);
    expect(total()).toBeCloseTo(2 * (2 * N * D * M), 6);
  }
});

test('a chunk of the vocabulary touches its logits once forward, and twice backward', async () => {
  const p = new Recorder(gpu, 'chunks');
  const make = operands(p);
  const [N, D, chunk] = [6, 10, 64];
  const [x, w] = [make('x', [N, D]), make('w', [chunk, D])];
  const loss = p.apply(unembedCrossEntropy, { x, w }, { targets: make('targets', [N], 'u32'), chunk });
  p.gradients(loss, make('dloss', [N]), [x, w]);
  const own = p.launches.filter(({ kernel }) => kernel.label.startsWith('unembed-cross-entropy/'));
  expect(own.length).toBe(2);
  for (const launch of own)
    expect(launch.cost, launch.kernel.label).toMatchObject({ bytes: await boundBytes(p, launch) });
});

test('compacting does not know what it costs, and says so', () => {
  const p = new Recorder(gpu, 'compact');
  const make = operands(p);
  const f = make('f', [6, 40]);
  const { rows } = activeMask(p, f);
  compactRows(p, f, rows, rowOffsets(p, rows), p.scalar('first'), 40);
  expect(p.launches.filter(({ cost }) => cost === null).map(({ kernel }) => kernel.label)).toEqual([
    'compact-rows/fill',
  ]);
});
