import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf } from '../../program/cost.ts';
import type { Value } from '../../program/value.ts';
import { epilogueText, type EpilogueText } from './epilogue.ts';
import {
  baseExpression,
  floatBits,
  viewFields,
  viewSizes,
  type Epilogue,
  type MatmulProblem,
} from './problem.ts';

/** Adds the parts (batch, splits, M, N) of a product in order, and applies its epilogue. One thread an element. */
export function recordSplitSum(
  p: ProgramBuilder,
  problem: MatmulProblem,
  parts: Value,
  splits: number,
): void {
  const { m, n, batch, out } = problem;
  const { source, epilogue } = splitSumText(problem.epilogue);
  const elements = batch[0] * batch[1] * m * n;
  const sizes = [...viewSizes(out), m, n, splits, batch[1], floatBits(problem.epilogue.scale ?? 1), elements];
  p.dispatch({
    kernel: { label: `matmul/split-sum${epilogue.name}`, source },
    constants: epilogue.constants,
    bindings: [parts, out.value, ...epilogue.bindings],
    groups: Math.ceil(elements / 64),
    sizes: Uint32Array.from(sizes),
    cost: { flops: elements * splits, bytes: bytesOf(elements * (splits + 1)) },
  });
}

export function splitSumText(epilogue: Epilogue): { source: string; epilogue: EpilogueText } {
  const text = epilogueText(epilogue, false, 2);
  const source = `struct Sizes { ${viewFields('out')}, m: u32, n: u32, splits: u32, batchInner: u32, scale: u32, elements: u32 }
@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> product: array<f32>;
${text.declarations}@group(0) @binding(${text.nextBinding}) var<uniform> sizes: Sizes;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= sizes.elements) { return; }
  let matrix = sizes.m * sizes.n;
  let z = i / matrix;
  let row = (i % matrix) / sizes.n;
  let column = i % sizes.n;
  let at = ${baseExpression('out')} + row * sizes.outRowStride + column;
  var total = ${text.accumulates ? 'product[at]' : '0.0'};
  for (var split = 0u; split < sizes.splits; split++) {
    total += parts[(z * sizes.splits + split) * matrix + i % matrix];
  }
  ${text.store('total', 'at', 'column')}
}
`;
  return { source, epilogue: text };
}
