import type { ProgramBuilder } from '../../program/builder.ts';
import type { Value } from '../../program/value.ts';
import { packLeft, packRight } from './pack.ts';
import {
  baseExpression,
  epilogueName,
  epilogueText,
  floatBits,
  isVectorised,
  matmulCost,
  viewFields,
  viewSizes,
  type Epilogue,
  type MatmulProblem,
} from './problem.ts';

/**
 * The family for CPU rasterisers. One subgroup computes a register tile of `tileRows` rows by 4·lanes·vectors
 * columns: each lane holds four neighbouring columns per vector, and each element of the left matrix is loaded once
 * by one lane and broadcast from its register. Both operands are packed first, which makes every load contiguous,
 * pads edges with zeros and turns transposes and slices into the same loop.
 *
 * Sizes come from a uniform: such a kernel takes SwiftShader and lavapipe some tenths of a second to compile, and
 * this way all products of a program share a handful of pipelines.
 */
export interface SubgroupBroadcastConfig {
  readonly lanes: number;
  readonly tileRows: number;
  readonly vectors: number;
}

/** The tile for a problem: fewer columns or rows where the matrix is narrower than the best tile. */
export function chooseTile(lanes: number, problem: MatmulProblem): SubgroupBroadcastConfig {
  const widest = lanes >= 8 ? 1 : 2;
  const vectors = problem.n <= 4 * lanes ? 1 : widest;
  return { lanes, tileRows: problem.m <= 16 ? 16 : 32, vectors };
}

export function recordSubgroupBroadcast(
  p: ProgramBuilder,
  problem: MatmulProblem,
  config: SubgroupBroadcastConfig,
): void {
  const { m, n, k, batch, out, epilogue } = problem;
  const { lanes, tileRows, vectors } = config;
  const k4 = Math.ceil(k / 4);
  const rowTiles = Math.ceil(m / tileRows);
  const panels = Math.ceil(n / (4 * lanes * vectors));
  const left = packLeft(p, problem, lanes, (rowTiles * tileRows) / lanes, k4);
  const right = packRight(p, problem, lanes * vectors, panels, k4);
  const bindings: Value[] = [left, right, out.value];
  if (epilogue.bias !== undefined) bindings.push(epilogue.bias);
  const vectorised = isVectorised(out, n);
  const label = `matmul/subgroup-broadcast ${tileRows}x${4 * lanes * vectors}${vectorised ? '' : ' edge'}${epilogueName(epilogue)}`;
  const sizes = [...viewSizes(out), m, n, k4, rowTiles, panels, batch[1], floatBits(epilogue.scale ?? 1)];
  p.dispatch({
    kernel: { label, source: productText(config, vectorised, epilogue) },
    bindings,
    groups: [panels, rowTiles, batch[0] * batch[1]],
    sizes: Uint32Array.from(sizes),
    cost: matmulCost(problem),
  });
}

export function productText(
  config: SubgroupBroadcastConfig,
  vectorised: boolean,
  epilogue: Epilogue,
): string {
  const { lanes, tileRows, vectors } = config;
  const rowBlocks = tileRows / lanes;
  const width = lanes * vectors;
  const rows = range(tileRows);
  const columns = range(vectors);
  const hasBias = epilogue.bias !== undefined;
  const element = vectorised ? 'vec4f' : 'f32';
  const store = (i: number, j: number) => {
    const address = `base + (row + ${i}u) * sizes.outRowStride + column${j}`;
    if (vectorised) {
      const load = hasBias ? `let bias = biases[column${j} / 4u]; ` : '';
      return `if (column${j} < sizes.n) { ${load}var sum = c${i}_${j}; ${epilogueText(epilogue, 'vec4f()')} product[(${address}) / 4u] = sum; }`;
    }
    return `storeEdge(c${i}_${j}, ${address}, column${j});`;
  };
  const storeEdge = vectorised
    ? ''
    : `fn storeEdge(sums: vec4f, address: u32, column: u32) {
  var four = sums;
  for (var q = 0u; q < 4u; q++) {
    if (column + q < sizes.n) { ${hasBias ? 'let bias = biases[column + q]; ' : ''}var sum = four[q]; ${epilogueText(epilogue, '0.0')} product[address + q] = sum; }
  }
}
`;
  return `enable subgroups;
struct Sizes { ${viewFields('out')}, m: u32, n: u32, steps: u32, rowTiles: u32, panels: u32, batchInner: u32, scale: u32 }
@group(0) @binding(0) var<storage, read> left: array<vec4f>;
@group(0) @binding(1) var<storage, read> right: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> product: array<${element}>;
${hasBias ? `@group(0) @binding(3) var<storage, read> biases: array<${element}>;\n` : ''}@group(0) @binding(${hasBias ? 4 : 3}) var<uniform> sizes: Sizes;
${storeEdge}@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let z = group.z;
  let row = group.y * ${tileRows}u;
  let steps = sizes.steps;
${columns.map((j) => `  let column${j} = (group.x * ${width}u + ${j * lanes}u + lane) * 4u;`).join('\n')}
  var leftAt = (z * sizes.rowTiles + group.y) * ${rowBlocks * lanes}u * steps + lane;
  var rightAt = (z * sizes.panels + group.x) * ${4 * width}u * steps + lane;
${rows.map((i) => columns.map((j) => `  var c${i}_${j} = vec4f();`).join('')).join('\n')}
  for (var k = 0u; k < steps; k++) {
${range(rowBlocks)
  .map((r) => `    let a${r} = left[leftAt + ${r * lanes}u * steps];`)
  .join('\n')}
${range(4)
  .map(
    (kk) => `    {
${columns.map((j) => `      let b${j} = right[rightAt + ${kk * width + j * lanes}u];`).join('\n')}
${rows
  .map(
    (i) =>
      `      { let a = vec4f(subgroupBroadcast(a${Math.floor(i / lanes)}[${kk}], ${i % lanes}u)); ${columns
        .map((j) => `c${i}_${j} = fma(a, b${j}, c${i}_${j});`)
        .join(' ')} }`,
  )
  .join('\n')}
    }`,
  )
  .join('\n')}
    leftAt += ${lanes}u;
    rightAt += ${4 * width}u;
  }
  let base = ${baseExpression('out')};
${rows.map((i) => `  if (row + ${i}u < sizes.m) { ${columns.map((j) => store(i, j)).join(' ')} }`).join('\n')}
}
`;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
