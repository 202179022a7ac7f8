import type { ProgramBuilder } from '../../program/builder.ts';
import type { Value } from '../../program/value.ts';
import { sizeOf } from '../../tensor/shape.ts';
import {
  baseExpression,
  isVectorised,
  packCost,
  viewFields,
  viewSizes,
  type MatmulProblem,
  type MatrixView,
} from './problem.ts';

/**
 * How an operand is read: `rows` where four neighbours of a row lie together, `columns` where four of a column do
 * (a transpose), `single` otherwise.
 */
type Access = 'rows' | 'columns' | 'single';

/**
 * Packs the left operand for the subgroup-broadcast family: vec4 (row, k..k+3), `lanes` rows side by side, so that
 * a lane holds one row and four steps of the inner loop. Rows and depth are padded with zeros.
 */
export function packLeft(
  p: ProgramBuilder,
  problem: MatmulProblem,
  lanes: number,
  rowBlocks: number,
  k4: number,
): Value {
  const { left, m, k } = problem;
  const batches = problem.batch[0] * problem.batch[1];
  const packed = p.temporary(`${problem.label} packed left`, [batches, rowBlocks * lanes, k4 * 4]);
  const access = accessOf(left, m, k);
  // Four rows at a time where a column's neighbours lie together: four loads, a 4 x 4 transpose, four stores.
  const perThread = access === 'columns' ? 4 : 1;
  const total = (batches * rowBlocks * lanes * k4) / perThread;
  const text =
    header(access) +
    `
  let part = i % ${lanes / perThread}u;
  let step = (i / ${lanes / perThread}u) % sizes.steps;
  let block = (i / (${lanes / perThread}u * sizes.steps)) % sizes.blocks;
  let z = i / (${lanes / perThread}u * sizes.steps * sizes.blocks);
  let base = ${baseExpression('source')};
  let row = block * ${lanes}u + part * ${perThread}u;
  let column = step * 4u;
${access === 'columns' ? gatherFourRows(lanes) : `  packed[i] = ${access === 'rows' ? 'fourOfRow' : 'fourSingly'}(base, row, column);`}
}
`;
  record(
    p,
    `left ${access} ${lanes}`,
    text,
    left,
    packed,
    [m, k, k4, rowBlocks, total, problem.batch[1]],
    total,
    batches * m * k,
  );
  return packed;
}

/** Packs the right operand into panels of `width` vec4 columns, row after row, so that the inner loop streams. */
export function packRight(
  p: ProgramBuilder,
  problem: MatmulProblem,
  width: number,
  panels: number,
  k4: number,
): Value {
  const { right, n, k } = problem;
  const batches = problem.batch[0] * problem.batch[1];
  const packed = p.temporary(`${problem.label} packed right`, [batches, panels, k4 * 4, 4 * width]);
  const access = accessOf(right, k, n);
  const perThread = access === 'columns' ? 4 : 1;
  const total = sizeOf(packed.shape) / 4 / perThread;
  const text =
    header(access) +
    `
  let part = i % ${width}u;
  let step = (i / ${width}u) % (sizes.steps * ${4 / perThread}u);
  let panel = (i / (${width}u * sizes.steps * ${4 / perThread}u)) % sizes.blocks;
  let z = i / (${width}u * sizes.steps * ${4 / perThread}u * sizes.blocks);
  let base = ${baseExpression('source')};
  let row = step * ${perThread}u;
  let column = (panel * ${width}u + part) * 4u;
${
  access === 'columns'
    ? `  let a = fourOfColumn(base, row, column); let b = fourOfColumn(base, row, column + 1u);
  let c = fourOfColumn(base, row, column + 2u); let d = fourOfColumn(base, row, column + 3u);
  let first = ((z * sizes.blocks + panel) * sizes.steps * 4u + row) * ${width}u + part;
  packed[first] = vec4f(a.x, b.x, c.x, d.x);
  packed[first + ${width}u] = vec4f(a.y, b.y, c.y, d.y);
  packed[first + ${2 * width}u] = vec4f(a.z, b.z, c.z, d.z);
  packed[first + ${3 * width}u] = vec4f(a.w, b.w, c.w, d.w);`
    : `  packed[i] = ${access === 'rows' ? 'fourOfRow' : 'fourSingly'}(base, row, column);`
}
}
`;
  record(
    p,
    `right ${access} ${width}`,
    text,
    right,
    packed,
    [k, n, k4, panels, total, problem.batch[1]],
    total,
    batches * k * n,
  );
  return packed;
}

function gatherFourRows(lanes: number): string {
  return `  let a = fourOfColumn(base, row, column); let b = fourOfColumn(base, row, column + 1u);
  let c = fourOfColumn(base, row, column + 2u); let d = fourOfColumn(base, row, column + 3u);
  let first = ((z * sizes.blocks + block) * sizes.steps + step) * ${lanes}u + part * 4u;
  packed[first] = vec4f(a.x, b.x, c.x, d.x);
  packed[first + 1u] = vec4f(a.y, b.y, c.y, d.y);
  packed[first + 2u] = vec4f(a.z, b.z, c.z, d.z);
  packed[first + 3u] = vec4f(a.w, b.w, c.w, d.w);`;
}

function accessOf(matrix: MatrixView, rows: number, columns: number): Access {
  if (isVectorised(matrix, columns)) return 'rows';
  const flipped = { ...matrix, rowStride: matrix.columnStride, columnStride: matrix.rowStride };
  return isVectorised(flipped, rows) ? 'columns' : 'single';
}

function header(access: Access): string {
  const reader = {
    rows: `fn fourOfRow(base: u32, row: u32, column: u32) -> vec4f {
  if (row >= sizes.rows || column >= sizes.columns) { return vec4f(); }
  return source[(base + row * sizes.sourceRowStride + column) / 4u];
}`,
    columns: `fn fourOfColumn(base: u32, row: u32, column: u32) -> vec4f {
  if (row >= sizes.rows || column >= sizes.columns) { return vec4f(); }
  return source[(base + row + column * sizes.sourceColumnStride) / 4u];
}`,
    single: `fn fourSingly(base: u32, row: u32, column: u32) -> vec4f {
  var v = vec4f();
  if (row >= sizes.rows) { return v; }
  for (var q = 0u; q < 4u; q++) {
    if (column + q < sizes.columns) { v[q] = source[base + row * sizes.sourceRowStride + (column + q) * sizes.sourceColumnStride]; }
  }
  return v;
}`,
  }[access];
  return `struct Sizes { ${viewFields('source')}, rows: u32, columns: u32, steps: u32, blocks: u32, total: u32, batchInner: u32 }
@group(0) @binding(0) var<storage, read> source: array<${access === 'single' ? 'f32' : 'vec4f'}>;
@group(0) @binding(1) var<storage, read_write> packed: array<vec4f>;
@group(0) @binding(2) var<uniform> sizes: Sizes;
${reader}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= sizes.total) { return; }`;
}

function record(
  p: ProgramBuilder,
  name: string,
  source: string,
  matrix: MatrixView,
  packed: Value,
  sizes: number[],
  total: number,
  elements: number,
): void {
  const all = Uint32Array.from([...viewSizes(matrix), ...sizes]);
  p.dispatch({
    kernel: { label: `matmul/pack ${name}`, source },
    bindings: [matrix.value, packed],
    groups: Math.ceil(total / 64),
    sizes: all,
    cost: packCost({ elements, packed }),
  });
}
