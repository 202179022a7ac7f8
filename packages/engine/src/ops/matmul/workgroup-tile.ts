import type { ProgramBuilder } from '../../program/builder.ts';
import type { Value } from '../../program/value.ts';
import { baseExpression, epilogueText, type MatmulProblem } from './problem.ts';

/** Rows and columns of the tile that a workgroup of 16 x 16 computes, 4 x 4 per thread. */
const TILE = 64;
const DEPTH = 16;

/**
 * The family for GPUs. A workgroup computes a 64 x 64 tile; slices of both operands, 16 deep, pass through
 * workgroup memory. Operands are read where they lie, by their strides.
 */
export function recordWorkgroupTile(p: ProgramBuilder, problem: MatmulProblem): void {
  const bindings: Value[] = [problem.left.value, problem.right.value, problem.out.value];
  if (problem.epilogue.bias !== undefined) bindings.push(problem.epilogue.bias);
  p.dispatch(
    { label: `matmul/workgroup-tile ${problem.label}`, source: workgroupTileText(problem) },
    {},
    bindings,
    [Math.ceil(problem.n / TILE), Math.ceil(problem.m / TILE), problem.batch[0] * problem.batch[1]],
  );
}

export function workgroupTileText(problem: MatmulProblem): string {
  const { m, n, k, batch, left, right, out, epilogue } = problem;
  const bias = epilogue.bias === undefined ? '' : '@group(0) @binding(3) var<storage, read> biases: array<f32>;\n';
  const loadBias = epilogue.bias === undefined ? '' : 'let bias = biases[column]; ';
  // Neighbouring threads read neighbouring addresses, whichever axis of the operand is contiguous.
  const leftAlongK = left.columnStride === 1;
  const rightAlongN = right.columnStride === 1;
  return `@group(0) @binding(0) var<storage, read> left: array<f32>;
@group(0) @binding(1) var<storage, read> right: array<f32>;
@group(0) @binding(2) var<storage, read_write> product: array<f32>;
${bias}var<workgroup> leftTile: array<f32, ${TILE * DEPTH}>;
var<workgroup> rightTile: array<f32, ${TILE * DEPTH}>;
@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) thread: u32) {
  let z = group.z;
  let leftBase = ${baseExpression(left, batch, 'z')};
  let rightBase = ${baseExpression(right, batch, 'z')};
  var sums: array<vec4f, 4>;
  for (var start = 0u; start < ${k}u; start += ${DEPTH}u) {
    for (var e = thread; e < ${TILE * DEPTH}u; e += 256u) {
      let row = ${leftAlongK ? `e / ${DEPTH}u` : `e % ${TILE}u`};
      let depth = ${leftAlongK ? `e % ${DEPTH}u` : `e / ${TILE}u`};
      let m = group.y * ${TILE}u + row;
      var v = 0.0;
      if (m < ${m}u && start + depth < ${k}u) { v = left[leftBase + m * ${left.rowStride}u + (start + depth) * ${left.columnStride}u]; }
      leftTile[depth * ${TILE}u + row] = v;
    }
    for (var e = thread; e < ${TILE * DEPTH}u; e += 256u) {
      let column = ${rightAlongN ? `e % ${TILE}u` : `e / ${DEPTH}u`};
      let depth = ${rightAlongN ? `e / ${TILE}u` : `e % ${DEPTH}u`};
      let n = group.x * ${TILE}u + column;
      var v = 0.0;
      if (n < ${n}u && start + depth < ${k}u) { v = right[rightBase + (start + depth) * ${right.rowStride}u + n * ${right.columnStride}u]; }
      rightTile[depth * ${TILE}u + column] = v;
    }
    workgroupBarrier();
    for (var depth = 0u; depth < ${DEPTH}u; depth++) {
      let b = vec4f(rightTile[depth * ${TILE}u + local.x], rightTile[depth * ${TILE}u + local.x + 16u],
        rightTile[depth * ${TILE}u + local.x + 32u], rightTile[depth * ${TILE}u + local.x + 48u]);
      for (var i = 0u; i < 4u; i++) {
        sums[i] = fma(vec4f(leftTile[depth * ${TILE}u + local.y * 4u + i]), b, sums[i]);
      }
    }
    workgroupBarrier();
  }
  let base = ${baseExpression(out, batch, 'z')};
  for (var i = 0u; i < 4u; i++) {
    let row = group.y * ${TILE}u + local.y * 4u + i;
    for (var j = 0u; j < 4u; j++) {
      let column = group.x * ${TILE}u + j * 16u + local.x;
      if (row < ${m}u && column < ${n}u) {
        ${loadBias}var sum = sums[i][j]; ${epilogueText(epilogue, '0.0')}
        product[base + row * ${out.rowStride}u + column] = sum;
      }
    }
  }
}
`;
}
