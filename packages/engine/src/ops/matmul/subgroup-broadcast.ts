import type { ProgramBuilder } from '../../program/builder.ts';
import type { Value } from '../../program/value.ts';
import { baseExpression, epilogueText, isVectorised, type MatmulProblem, type MatrixView } from './problem.ts';

/**
 * The family for CPU rasterisers. One subgroup computes a register tile of `tileRows` rows by 4·lanes·vectors
 * columns: each lane holds four neighbouring columns per vector, and each element of the left matrix is loaded once
 * by one lane and broadcast from its register. Both operands are packed first, which makes every load contiguous,
 * pads edges with zeros and turns transposes and slices into the same loop.
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
  let tileRows = 32;
  while (tileRows > lanes && tileRows / 2 >= problem.m) tileRows /= 2;
  return { lanes, tileRows, vectors };
}

export function recordSubgroupBroadcast(p: ProgramBuilder, problem: MatmulProblem, config: SubgroupBroadcastConfig): void {
  const { m, n, k, batch } = problem;
  const { lanes, tileRows, vectors } = config;
  const batches = batch[0] * batch[1];
  const k4 = Math.ceil(k / 4);
  const rowTiles = Math.ceil(m / tileRows);
  const panels = Math.ceil(n / (4 * lanes * vectors));

  const packedLeft = p.temporary(`${problem.label} packed left`, [batches, rowTiles * tileRows, k4 * 4]);
  recordPack(p, problem, 'left', packedLeft, packLeftText(problem, config, rowTiles, k4));
  const packedRight = p.temporary(`${problem.label} packed right`, [batches, panels, k4 * 4, 4 * lanes * vectors]);
  recordPack(p, problem, 'right', packedRight, packRightText(problem, config, panels, k4));

  const bindings: Value[] = [packedLeft, packedRight, problem.out.value];
  if (problem.epilogue.bias !== undefined) bindings.push(problem.epilogue.bias);
  p.dispatch(
    { label: `matmul/subgroup-broadcast ${problem.label}`, source: productText(problem, config, rowTiles, panels, k4) },
    {},
    bindings,
    [panels, rowTiles, batches],
  );
}

function recordPack(p: ProgramBuilder, problem: MatmulProblem, side: 'left' | 'right', packed: Value, code: string): void {
  const vectors = packed.shape.reduce((product, extent) => product * extent, 1) / 4;
  p.dispatch({ label: `matmul/pack-${side} ${problem.label}`, source: code }, {}, [problem[side].value, packed], Math.ceil(vectors / 64));
}

/** (row, k..k+3) of the left matrix, so that a lane holds one row and four steps of the inner loop. */
export function packLeftText(problem: MatmulProblem, config: SubgroupBroadcastConfig, rowTiles: number, k4: number): string {
  const { lanes, tileRows } = config;
  const rowBlocks = (rowTiles * tileRows) / lanes;
  const vectorised = isVectorised(problem.left, problem.k);
  return packText({
    matrix: problem.left,
    batch: problem.batch,
    vectorised,
    total: problem.batch[0] * problem.batch[1] * rowBlocks * k4 * lanes,
    decode: `let row = ((i / ${lanes * k4}u) % ${rowBlocks}u) * ${lanes}u + i % ${lanes}u;
  let column = ((i / ${lanes}u) % ${k4}u) * 4u;
  let z = i / ${lanes * k4 * rowBlocks}u;`,
    rows: problem.m,
    columns: problem.k,
  });
}

/** Panels of tile columns, row after row of the right matrix, so that the inner loop streams. */
export function packRightText(problem: MatmulProblem, config: SubgroupBroadcastConfig, panels: number, k4: number): string {
  const width = config.lanes * config.vectors;
  const vectorised = isVectorised(problem.right, problem.n);
  return packText({
    matrix: problem.right,
    batch: problem.batch,
    vectorised,
    total: problem.batch[0] * problem.batch[1] * panels * k4 * 4 * width,
    decode: `let column = (((i / ${width * k4 * 4}u) % ${panels}u) * ${width}u + i % ${width}u) * 4u;
  let row = (i / ${width}u) % ${k4 * 4}u;
  let z = i / ${width * k4 * 4 * panels}u;`,
    rows: problem.k,
    columns: problem.n,
  });
}

function packText(options: {
  matrix: MatrixView;
  batch: readonly [number, number];
  vectorised: boolean;
  total: number;
  decode: string;
  rows: number;
  columns: number;
}): string {
  const { matrix, vectorised, rows, columns } = options;
  const at = (c: string) => `base + row * ${matrix.rowStride}u + (${c}) * ${matrix.columnStride}u`;
  const read = vectorised
    ? `if (row < ${rows}u && column < ${columns}u) { v = source[(${at('column')}) / 4u]; }`
    : `if (row < ${rows}u) {
    for (var q = 0u; q < 4u; q++) { if (column + q < ${columns}u) { v[q] = source[${at('column + q')}]; } }
  }`;
  return `@group(0) @binding(0) var<storage, read> source: array<${vectorised ? 'vec4f' : 'f32'}>;
@group(0) @binding(1) var<storage, read_write> packed: array<vec4f>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= ${options.total}u) { return; }
  ${options.decode}
  let base = ${baseExpression(matrix, options.batch, 'z')};
  var v = vec4f();
  ${read}
  packed[i] = v;
}
`;
}

export function productText(
  problem: MatmulProblem,
  config: SubgroupBroadcastConfig,
  rowTiles: number,
  panels: number,
  k4: number,
): string {
  const { m, n, out, epilogue } = problem;
  const { lanes, tileRows, vectors } = config;
  const rowBlocks = tileRows / lanes;
  const width = lanes * vectors;
  const rows = range(tileRows);
  const columns = range(vectors);
  const vectorised = isVectorised(out, n);
  const bias = epilogue.bias === undefined ? '' : `@group(0) @binding(3) var<storage, read> biases: array<${vectorised ? 'vec4f' : 'f32'}>;\n`;
  const store = (i: number, j: number) => {
    const address = `base + (row + ${i}u) * ${out.rowStride}u + column${j}`;
    if (vectorised) {
      const load = epilogue.bias === undefined ? '' : `let bias = biases[column${j} / 4u]; `;
      return `if (column${j} < ${n}u) { ${load}var sum = c${i}_${j}; ${epilogueText(epilogue, 'vec4f()')} product[(${address}) / 4u] = sum; }`;
    }
    const load = epilogue.bias === undefined ? '' : `let bias = biases[column${j} + q]; `;
    return `for (var q = 0u; q < min(4u, ${n}u - min(${n}u, column${j})); q++) { ${load}var sum = c${i}_${j}[q]; ${epilogueText(epilogue, '0.0')} product[${address} + q] = sum; }`;
  };
  return `enable subgroups;
@group(0) @binding(0) var<storage, read> left: array<vec4f>;
@group(0) @binding(1) var<storage, read> right: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> product: array<${vectorised ? 'vec4f' : 'f32'}>;
${bias}@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let z = group.z;
  let row = group.y * ${tileRows}u;
${columns.map((j) => `  let column${j} = (group.x * ${width}u + ${j * lanes}u + lane) * 4u;`).join('\n')}
  let leftStart = (z * ${rowTiles * rowBlocks}u + group.y * ${rowBlocks}u) * ${k4 * lanes}u + lane;
  let rightStart = (z * ${panels}u + group.x) * ${k4 * 4 * width}u + lane;
${rows.map((i) => columns.map((j) => `  var c${i}_${j} = vec4f();`).join('')).join('\n')}
  for (var k = 0u; k < ${k4}u; k++) {
${range(rowBlocks).map((r) => `    let a${r} = left[leftStart + ${r * k4 * lanes}u + k * ${lanes}u];`).join('\n')}
${range(4)
  .map(
    (kk) => `    {
${columns.map((j) => `      let b${j} = right[rightStart + (k * 4u + ${kk}u) * ${width}u + ${j * lanes}u];`).join('\n')}
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
  }
  let base = ${baseExpression(out, problem.batch, 'z')};
${rows.map((i) => `  if (row + ${i}u < ${m}u) { ${columns.map((j) => store(i, j)).join(' ')} }`).join('\n')}
}
`;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
