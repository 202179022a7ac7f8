import type { ProgramBuilder } from '../../program/builder.ts';
import type { Value } from '../../program/value.ts';
import {
  baseExpression,
  epilogueName,
  epilogueText,
  floatBits,
  matmulCost,
  viewFields,
  viewSizes,
  type Epilogue,
  type MatmulProblem,
} from './problem.ts';

/** Rows and columns of the tile that a workgroup of 16 x 16 computes, 4 x 4 per thread. */
const TILE = 64;
const DEPTH = 16;

/**
 * The family for GPUs. A workgroup computes a 64 x 64 tile; slices of both operands, 16 deep, pass through
 * workgroup memory. Operands are read where they lie, by their strides.
 */
export function recordWorkgroupTile(p: ProgramBuilder, problem: MatmulProblem): void {
  const { m, n, k, batch, left, right, out, epilogue } = problem;
  const bindings: Value[] = [left.value, right.value, out.value];
  if (epilogue.bias !== undefined) bindings.push(epilogue.bias);
  const order = { leftAlongK: left.columnStride === 1, rightAlongN: right.columnStride === 1 };
  const label = `matmul/workgroup-tile${order.leftAlongK ? '' : ' left transposed'}${order.rightAlongN ? '' : ' right transposed'}${epilogueName(epilogue)}`;
  const sizes = [
    ...viewSizes(left),
    ...viewSizes(right),
    ...viewSizes(out),
    m,
    n,
    k,
    batch[1],
    floatBits(epilogue.scale ?? 1),
  ];
  p.dispatch({
    kernel: { label, source: workgroupTileText(order, epilogue) },
    bindings,
    groups: [Math.ceil(n / TILE), Math.ceil(m / TILE), batch[0] * batch[1]],
    sizes: Uint32Array.from(sizes),
    cost: matmulCost(problem),
  });
}

/** @param order which axis of each operand is contiguous: neighbouring threads read neighbouring addresses */
export function workgroupTileText(
  order: { leftAlongK: boolean; rightAlongN: boolean },
  epilogue: Epilogue,
): string {
  const hasBias = epilogue.bias !== undefined;
  const { leftAlongK, rightAlongN } = order;
  return `struct Sizes { ${viewFields('left')}, ${viewFields('right')}, ${viewFields('out')}, m: u32, n: u32, k: u32, batchInner: u32, scale: u32 }
@group(0) @binding(0) var<storage, read> left: array<f32>;
@group(0) @binding(1) var<storage, read> right: array<f32>;
@group(0) @binding(2) var<storage, read_write> product: array<f32>;
${hasBias ? '@group(0) @binding(3) var<storage, read> biases: array<f32>;\n' : ''}@group(0) @binding(${hasBias ? 4 : 3}) var<uniform> sizes: Sizes;
var<workgroup> leftTile: array<f32, ${TILE * DEPTH}>;
var<workgroup> rightTile: array<f32, ${TILE * DEPTH}>;
@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) thread: u32) {
  let z = group.z;
  let leftBase = ${baseExpression('left')};
  let rightBase = ${baseExpression('right')};
  var sums: array<vec4f, 4>;
  for (var start = 0u; start < sizes.k; start += ${DEPTH}u) {
    for (var e = thread; e < ${TILE * DEPTH}u; e += 256u) {
      let row = ${leftAlongK ? `e / ${DEPTH}u` : `e % ${TILE}u`};
      let depth = ${leftAlongK ? `e % ${DEPTH}u` : `e / ${TILE}u`};
      let m = group.y * ${TILE}u + row;
      var v = 0.0;
      if (m < sizes.m && start + depth < sizes.k) { v = left[leftBase + m * sizes.leftRowStride + (start + depth) * sizes.leftColumnStride]; }
      leftTile[depth * ${TILE}u + row] = v;
    }
    for (var e = thread; e < ${TILE * DEPTH}u; e += 256u) {
      let column = ${rightAlongN ? `e % ${TILE}u` : `e / ${DEPTH}u`};
      let depth = ${rightAlongN ? `e / ${TILE}u` : `e % ${DEPTH}u`};
      let n = group.x * ${TILE}u + column;
      var v = 0.0;
      if (n < sizes.n && start + depth < sizes.k) { v = right[rightBase + (start + depth) * sizes.rightRowStride + n * sizes.rightColumnStride]; }
      rightTile[depth * ${TILE}u + column] = v;
    }
    workgroupBarrier();
    for (var depth = 0u; depth < ${DEPTH}u; depth++) {
      let at = depth * ${TILE}u;
      let b = vec4f(rightTile[at + local.x], rightTile[at + local.x + 16u], rightTile[at + local.x + 32u], rightTile[at + local.x + 48u]);
      for (var i = 0u; i < 4u; i++) { sums[i] = fma(vec4f(leftTile[at + local.y * 4u + i]), b, sums[i]); }
    }
    workgroupBarrier();
  }
  let base = ${baseExpression('out')};
  for (var i = 0u; i < 4u; i++) {
    let row = group.y * ${TILE}u + local.y * 4u + i;
    for (var j = 0u; j < 4u; j++) {
      let column = group.x * ${TILE}u + j * 16u + local.x;
      if (row < sizes.m && column < sizes.n) {
        ${hasBias ? 'let bias = biases[column]; ' : ''}var sum = sums[i][j]; ${epilogueText(epilogue, '0.0')}
        product[base + row * sizes.outRowStride + column] = sum;
      }
    }
  }
}
`;
}
