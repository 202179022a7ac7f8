import type { ProgramBuilder } from '../../program/builder.ts';
import { epilogueText } from './epilogue.ts';
import {
  baseExpression,
  floatBits,
  matmulCost,
  viewFields,
  viewSizes,
  type Epilogue,
  type MatmulProblem,
} from './problem.ts';

/**
 * A product as it is defined, one thread an element, reading its row and its column: what the families are verified
 * against, and why they exist.
 */
export function recordNaive(p: ProgramBuilder, problem: MatmulProblem): void {
  const { m, n, k, batch, left, right, out } = problem;
  const elements = batch[0] * batch[1] * m * n;
  const epilogue = epilogueText(problem.epilogue, false, 3);
  p.dispatch({
    kernel: { label: `matmul/naive${epilogue.name}`, source: naiveText(problem.epilogue) },
    constants: epilogue.constants,
    bindings: [left.value, right.value, out.value, ...epilogue.bindings],
    groups: Math.ceil(elements / 64),
    sizes: Uint32Array.from([
      ...[left, right, out].flatMap(viewSizes),
      m,
      n,
      k,
      batch[1],
      floatBits(problem.epilogue.scale ?? 1),
      elements,
    ]),
    cost: matmulCost(problem),
  });
}

export function naiveText(epilogue: Epilogue): string {
  const text = epilogueText(epilogue, false, 3);
  return `struct Sizes { ${viewFields('left')}, ${viewFields('right')}, ${viewFields('out')}, m: u32, n: u32, k: u32, batchInner: u32, scale: u32, elements: u32 }
@group(0) @binding(0) var<storage, read> left: array<f32>;
@group(0) @binding(1) var<storage, read> right: array<f32>;
@group(0) @binding(2) var<storage, read_write> product: array<f32>;
${text.declarations}@group(0) @binding(${text.nextBinding}) var<uniform> sizes: Sizes;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= sizes.elements) { return; }
  let matrix = sizes.m * sizes.n;
  let z = i / matrix;
  let row = (i % matrix) / sizes.n;
  let column = i % sizes.n;
  let leftAt = ${baseExpression('left')} + row * sizes.leftRowStride;
  let rightAt = ${baseExpression('right')} + column * sizes.rightColumnStride;
  let at = ${baseExpression('out')} + row * sizes.outRowStride + column;
  var total = ${text.accumulates ? 'product[at]' : '0.0'};
  for (var k = 0u; k < sizes.k; k++) {
    total = fma(left[leftAt + k * sizes.leftColumnStride], right[rightAt + k * sizes.rightRowStride], total);
  }
  ${text.store('total', 'at', 'column')}
}
`;
}
