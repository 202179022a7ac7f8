import type { ProgramBuilder } from '../../program/builder.ts';
import type { Value } from '../../program/value.ts';
import { gridParts, PART_FIELDS, PART_GROUP, partSizes } from './grid.ts';
import { declarePacked, packedTemporary, storePacked, type Place } from './packed.ts';
import { baseExpression, isVectorised, packCost, viewFields, viewSizes, type MatrixView } from './problem.ts';

/**
 * Packing copies an operand into the order in which a product's inner loop wants it: every load is then contiguous,
 * edges are padded with zeros, and transposes and slices cost nothing more. A workgroup of one subgroup packs a
 * block of rows or columns for some depth of the product; its loop has no divisions, which are dear on CPU adapters.
 * (Of a workgroup of four, lavapipe loses the stores of two.)
 */

/** A matrix to pack: (rows, depth) as a left operand, (depth, columns) as a right one. */
export interface PackSource {
  readonly label: string;
  readonly matrix: MatrixView;
  readonly batch: readonly [number, number];
  readonly depth: number;
}

/** Steps of four along the depth that one workgroup packs: enough to pay for its start. */
const LEFT_STEPS = 64;
const RIGHT_STEPS = 16;
/** vec4f that one dispatch packs at most: some tens of milliseconds on a software adapter. */
const DISPATCH_VECTORS = 1 << 22;

/**
 * Packs a left operand: a vec4f holds four steps along the depth of one row, and `lanes` rows lie side by side, so
 * that a lane holds one row and four steps of the inner loop. Shape (batch, blocks, steps, lanes, 4).
 */
export function packLeft(
  p: ProgramBuilder,
  source: PackSource & { readonly rows: number },
  layout: { readonly lanes: number; readonly blocks: number; readonly place: Place },
): Value {
  const { rows, depth } = source;
  const { lanes, blocks, place } = layout;
  const access = isVectorised(source.matrix, depth) ? 'rows' : 'single';
  return record(p, source, {
    name: `left ${access}`,
    text: leftText(lanes, place, access),
    place,
    shape: [blocks, Math.ceil(depth / 4), lanes, 4],
    extent: rows,
    chunk: LEFT_STEPS,
  });
}

/**
 * Packs a right operand: a vec4f holds four neighbouring columns, and panels of lanes·vectors such vectors follow
 * each other row after row. Shape (batch, panels, 4·steps, vectors, lanes, 4).
 */
export function packRight(
  p: ProgramBuilder,
  source: PackSource & { readonly columns: number },
  layout: {
    readonly lanes: number;
    readonly vectors: number;
    readonly panels: number;
    readonly place: Place;
  },
): Value {
  const { columns, depth, matrix } = source;
  const { lanes, vectors, panels, place } = layout;
  const flipped = { ...matrix, rowStride: matrix.columnStride, columnStride: matrix.rowStride };
  const access = isVectorised(matrix, columns) ? 'rows' : isVectorised(flipped, depth) ? 'columns' : 'single';
  return record(p, source, {
    name: `right ${access}`,
    text: rightText(lanes, vectors, place, access),
    place,
    shape: [panels, Math.ceil(depth / 4) * 4, vectors, lanes, 4],
    extent: columns,
    chunk: RIGHT_STEPS,
  });
}

interface Packing {
  readonly name: string;
  readonly text: string;
  readonly place: Place;
  /** (blocks, ..., 4), without the batch. */
  readonly shape: readonly [number, ...number[]];
  /** Rows of a left operand, columns of a right one. */
  readonly extent: number;
  readonly chunk: number;
}

function record(p: ProgramBuilder, source: PackSource, packing: Packing): Value {
  const { matrix, batch, depth, label } = source;
  const { name, text, place, shape, extent, chunk } = packing;
  const batches = batch[0] * batch[1];
  const steps = Math.ceil(depth / 4);
  const [blocks, ...block] = shape;
  const packed = packedTemporary(p, place, `${label} packed ${name}`, [batches, ...shape]);
  const cost = packCost({ elements: batches * extent * depth, packed });
  const chunks = Math.ceil(steps / chunk);
  const groupVectors = block.reduce((product, size) => product * size, 1) / 4 / chunks;
  for (const part of gridParts([blocks, chunks, batches], Math.ceil(DISPATCH_VECTORS / groupVectors))) {
    const sizes = [...viewSizes(matrix), extent, depth, steps, blocks, chunk, batch[1], ...partSizes(part)];
    p.dispatch({
      kernel: { label: `matmul/pack ${name}`, source: text },
      bindings: [matrix.value, packed],
      groups: part.groups,
      sizes: Uint32Array.from(sizes),
      cost: { flops: 0, bytes: cost.bytes * part.share },
    });
  }
  return packed;
}

/** How an operand is read: four neighbours of a row or of a column at once, or singly. */
type Access = 'rows' | 'columns' | 'single';

function leftText(lanes: number, place: Place, access: 'rows' | 'single'): string {
  const vector =
    access === 'rows'
      ? 'select(vec4f(), source[(start + 4u * step) / 4u], inside)'
      : `select(vec4f(), fourAt(start + min(four(4u * step), vec4u(sizes.depth - 1u)) * sizes.sourceColumnStride), vec4<bool>(inside) & (four(4u * step) < vec4u(sizes.depth)))`;
  return `${header(place, access)}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = id + ${PART_GROUP};
  let z = group.z;
  let row = group.x * ${lanes}u + lane;
  let inside = row < sizes.extent;
  let start = ${baseExpression('source')} + min(row, sizes.extent - 1u) * sizes.sourceRowStride;
  let first = group.y * sizes.chunk;
  let end = min(first + sizes.chunk, sizes.steps);
  var at = ((z * sizes.blocks + group.x) * sizes.steps + first) * ${lanes}u + lane;
  for (var step = first; step < end; step++) {
    ${storePacked('packed', place, 'at', vector)}
    at += ${lanes}u;
  }
}
`;
}

function rightText(lanes: number, vectors: number, place: Place, access: Access): string {
  const width = lanes * vectors;
  const store = (index: string, vector: string) => storePacked('packed', place, index, vector);
  const parts = Array.from({ length: vectors }, (_, j) => j);
  const quarters = [0, 1, 2, 3];
  const before = (j: number): string =>
    access === 'rows'
      ? `let inside${j} = column + ${4 * j * lanes}u < sizes.extent;
  let start${j} = base + min(column + ${4 * j * lanes}u, sizes.extent - 4u);`
      : `let inside${j} = four(column + ${4 * j * lanes}u) < vec4u(sizes.extent);
  let start${j} = base + min(four(column + ${4 * j * lanes}u), vec4u(sizes.extent - 1u)) * sizes.sourceColumnStride;`;
  const copy = (j: number): string => {
    const at = `at + ${j * lanes}u`;
    if (access === 'rows') {
      const vector = `source[(start${j} + min(depth, sizes.depth - 1u) * sizes.sourceRowStride) / 4u]`;
      return store(at, `select(vec4f(), ${vector}, inside${j} && depth < sizes.depth)`);
    }
    if (access === 'single') {
      const vector = `fourAt(start${j} + min(depth, sizes.depth - 1u) * sizes.sourceRowStride)`;
      return store(at, `select(vec4f(), ${vector}, inside${j} & vec4<bool>(depth < sizes.depth))`);
    }
    // Four columns are read four deep and turned, which takes a quarter of the loads.
    return [
      ...quarters.map(
        (q) => `let v${j}_${q} = select(vec4f(), source[(start${j}[${q}] + depth) / 4u], inside${j}[${q}]);`,
      ),
      ...quarters.map((r) =>
        store(
          `at + ${r * width + j * lanes}u`,
          `vec4f(${quarters.map((q) => `v${j}_${q}[${r}]`).join(', ')})`,
        ),
      ),
    ].join('\n    ');
  };
  const deep = access === 'columns' ? 4 : 1;
  return `${header(place, access)}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = id + ${PART_GROUP};
  let z = group.z;
  let column = (group.x * ${width}u + lane) * 4u;
  let first = group.y * sizes.chunk * 4u;
  let end = min(first + sizes.chunk * 4u, sizes.steps * 4u);
  let base = ${baseExpression('source')};
  ${parts.map(before).join('\n  ')}
  var at = ((z * sizes.blocks + group.x) * sizes.steps * 4u + first) * ${width}u + lane;
  for (var depth = first; depth < end; depth += ${deep}u) {
    ${parts.map(copy).join('\n    ')}
    at += ${deep * width}u;
  }
}
`;
}

/** Indices are kept inside the matrix and what lies outside becomes zero, so no element is read that is not there. */
function header(place: Place, access: Access): string {
  const element = access === 'single' ? 'f32' : 'vec4f';
  const fourAt =
    'fn fourAt(at: vec4u) -> vec4f { return vec4f(source[at.x], source[at.y], source[at.z], source[at.w]); }';
  return `struct Sizes { ${viewFields('source')}, extent: u32, depth: u32, steps: u32, blocks: u32, chunk: u32, batchInner: u32, ${PART_FIELDS} }
@group(0) @binding(0) var<storage, read> source: array<${element}>;
${declarePacked(1, 'packed', place, 'write')}
@group(0) @binding(2) var<uniform> sizes: Sizes;
fn four(first: u32) -> vec4u { return vec4u(first) + vec4u(0u, 1u, 2u, 3u); }${access === 'single' ? `\n${fourAt}` : ''}`;
}
