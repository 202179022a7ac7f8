import type { Gpu } from '../../device/gpu.ts';
import type { ProgramBuilder } from '../../program/builder.ts';
import { fitsTexture } from '../../program/texture.ts';
import type { Value } from '../../program/value.ts';
import { DISPATCH_FLOPS, gridParts, PART_FIELDS, PART_GROUP, partSizes } from './grid.ts';
import { packLeft, packRight } from './pack.ts';
import { declarePacked, loadPacked, type Place } from './packed.ts';
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
 * Within four steps of the inner loop rows come first and steps second: the sums are too many for registers, and
 * this way each travels to memory and back once in four steps instead of at each.
 *
 * Sizes come from a uniform: such a kernel takes SwiftShader and lavapipe some tenths of a second to compile, and
 * this way all products of a program share a handful of pipelines.
 */
export interface SubgroupBroadcastConfig {
  readonly lanes: number;
  readonly tileRows: number;
  readonly vectors: number;
  readonly place: Place;
}

/** The tile for a problem: fewer columns or rows where the matrix is narrower than the best tile. */
export function chooseTile(gpu: Gpu, problem: MatmulProblem): SubgroupBroadcastConfig {
  const { m, n, k, batch } = problem;
  const lanes = gpu.subgroupSize;
  const tileRows = m <= 16 ? 16 : 32;
  const vectors = n <= 4 * lanes ? 1 : 2;
  const packedFloats = batch[0] * batch[1] * (k + 3) * (Math.max(m, n) + 64);
  // With 16 lanes lavapipe loads and stores only half of them in a texture (Mesa 25.0).
  const textured = gpu.adapterClass === 'cpu-wide' && lanes === 8 && fitsTexture(gpu, [packedFloats]);
  const place = textured ? 'texture' : 'buffer';
  return { lanes, tileRows, vectors, place };
}

export function recordSubgroupBroadcast(
  p: ProgramBuilder,
  problem: MatmulProblem,
  config: SubgroupBroadcastConfig,
): void {
  const { label, m, n, k, batch, left, right, out, epilogue } = problem;
  const { lanes, tileRows, vectors, place } = config;
  const tileColumns = 4 * lanes * vectors;
  const rowTiles = Math.ceil(m / tileRows);
  const panels = Math.ceil(n / tileColumns);
  const packedLeft = packLeft(
    p,
    { label, matrix: left, batch, depth: k, rows: m },
    { lanes, blocks: (rowTiles * tileRows) / lanes, place },
  );
  const packedRight = packRight(
    p,
    { label, matrix: right, batch, depth: k, columns: n },
    { width: lanes * vectors, panels, place },
  );
  const bindings: Value[] = [packedLeft, packedRight, out.value];
  if (epilogue.bias !== undefined) bindings.push(epilogue.bias);
  const vectorised = isVectorised(out, n);
  const kernel = {
    label: `matmul/subgroup-broadcast ${tileRows}x${tileColumns} ${place}${vectorised ? '' : ' edge'}${epilogueName(epilogue)}`,
    source: productText(config, vectorised, epilogue),
  };
  const cost = matmulCost(problem);
  const most = Math.ceil(DISPATCH_FLOPS[p.gpu.adapterClass] / (2 * tileRows * tileColumns * k));
  for (const part of gridParts([panels, rowTiles, batch[0] * batch[1]], most)) {
    const sizes = [
      ...viewSizes(out),
      m,
      n,
      Math.ceil(k / 4),
      rowTiles,
      panels,
      batch[1],
      floatBits(epilogue.scale ?? 1),
      ...partSizes(part),
    ];
    p.dispatch({
      kernel,
      bindings,
      groups: part.groups,
      sizes: Uint32Array.from(sizes),
      cost: { flops: cost.flops * part.share, bytes: cost.bytes * part.share },
    });
  }
}

export function productText(
  config: SubgroupBroadcastConfig,
  vectorised: boolean,
  epilogue: Epilogue,
): string {
  const { lanes, tileRows, vectors, place } = config;
  const rowBlocks = tileRows / lanes;
  const width = lanes * vectors;
  const rows = range(tileRows);
  const columns = range(vectors);
  const quarters = range(4);
  const hasBias = epilogue.bias !== undefined;
  const element = vectorised ? 'vec4f' : 'f32';
  const splat = (i: number, q: number) =>
    `let s${q} = vec4f(subgroupBroadcast(a${Math.floor(i / lanes)}[${q}], ${i % lanes}u));`;
  const multiply = (i: number, j: number) =>
    quarters.map((q) => `c${i}_${j} = fma(s${q}, b${q}_${j}, c${i}_${j});`).join(' ');
  return `enable subgroups;
struct Sizes { ${viewFields('out')}, m: u32, n: u32, steps: u32, rowTiles: u32, panels: u32, batchInner: u32, scale: u32, ${PART_FIELDS} }
${declarePacked(0, 'left', place, 'read')}
${declarePacked(1, 'right', place, 'read')}
@group(0) @binding(2) var<storage, read_write> product: array<${element}>;
${hasBias ? `@group(0) @binding(3) var<storage, read> biases: array<${element}>;\n` : ''}@group(0) @binding(${hasBias ? 4 : 3}) var<uniform> sizes: Sizes;
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let group = id + ${PART_GROUP};
  let z = group.z;
  let steps = sizes.steps;
  var leftAt = (z * sizes.rowTiles + group.y) * ${tileRows}u * steps + lane;
  var rightAt = (z * sizes.panels + group.x) * ${4 * width}u * steps + lane;
${rows.map((i) => `  ${columns.map((j) => `var c${i}_${j} = vec4f();`).join(' ')}`).join('\n')}
  for (var k = 0u; k < steps; k++) {
${range(rowBlocks)
  .map((r) => `    let a${r} = ${loadPacked('left', place, `leftAt + ${r * lanes}u * steps`)};`)
  .join('\n')}
${quarters
  .flatMap((q) =>
    columns.map(
      (j) => `    let b${q}_${j} = ${loadPacked('right', place, `rightAt + ${q * width + j * lanes}u`)};`,
    ),
  )
  .join('\n')}
${rows
  .map(
    (i) =>
      `    { ${quarters.map((q) => splat(i, q)).join(' ')}\n${columns.map((j) => `      ${multiply(i, j)}`).join('\n')} }`,
  )
  .join('\n')}
    leftAt += ${lanes}u;
    rightAt += ${4 * width}u;
  }
  let base = ${baseExpression('out')};
  let firstRow = group.y * ${tileRows}u;
  let endRow = min(firstRow + ${tileRows}u, sizes.m);
${columns.map((j) => storeColumns(config, j, vectorised, epilogue)).join('\n')}
}
`;
}

/**
 * Stores the sums of one vector of columns, in a loop over rows that compilers leave a loop: its bounds tell nothing
 * of how often it runs. Unrolled, the stores would be most of the kernel and of its time to compile.
 */
function storeColumns(
  { lanes, tileRows, vectors }: SubgroupBroadcastConfig,
  j: number,
  vectorised: boolean,
  epilogue: Epilogue,
): string {
  const hasBias = epilogue.bias !== undefined;
  const stores = vectorised
    ? `if (column < sizes.n) { ${hasBias ? 'let bias = biases[column / 4u]; ' : ''}var sum = sums[row - firstRow]; ${epilogueText(epilogue, 'vec4f()')} product[at / 4u] = sum; }`
    : range(4)
        .map(
          (q) =>
            `if (column + ${q}u < sizes.n) { ${hasBias ? `let bias = biases[column + ${q}u]; ` : ''}var sum = sums[row - firstRow][${q}]; ${epilogueText(epilogue, '0.0')} product[at + ${q}u] = sum; }`,
        )
        .join('\n      ');
  return `  {
    let column = (group.x * ${lanes * vectors}u + ${j * lanes}u + lane) * 4u;
    var sums = array<vec4f, ${tileRows}>(${range(tileRows)
      .map((i) => `c${i}_${j}`)
      .join(', ')});
    for (var row = firstRow; row < endRow; row++) {
      let at = base + row * sizes.outRowStride + column;
      ${stores}
    }
  }`;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
