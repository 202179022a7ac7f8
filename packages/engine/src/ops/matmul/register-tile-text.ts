import { epilogueText, type EpilogueText } from './epilogue.ts';
import { PART_FIELDS, PART_GROUP } from './grid.ts';
import { declarePacked, loadPacked, type Place } from './packed.ts';
import { baseExpression, viewFields, type Epilogue } from './problem.ts';

/**
 * The text of a kernel whose workgroup of `lanes` threads computes `tileRows` rows of 4·lanes·vectors columns in
 * registers: each thread holds four neighbouring columns per vector. The families that use it differ in how an
 * element of the left operand reaches the threads.
 *
 * Within four steps of the inner loop rows come first and steps second. On CPU adapters the sums are too many for
 * registers, and this way each travels to memory and back once in four steps instead of at each.
 */
export interface RegisterTile {
  readonly lanes: number;
  readonly tileRows: number;
  readonly vectors: number;
  /** `broadcast`: a lane loads a row of `lanes` and the subgroup passes its elements round; `each`: all load all. */
  readonly leftReaches: 'broadcast' | 'each';
  readonly left: LeftReading;
  readonly right: RightReading;
  /** Whether rows of the output can be written four elements at a time. */
  readonly vectorised: boolean;
  readonly epilogue: Epilogue;
}

/** An operand is packed, or read where it lies: four neighbours of a row or of a column at once, or singly. */
export type LeftReading = Place | 'rows' | 'single';
export type RightReading = Place | 'rows' | 'columns' | 'single';

export interface RegisterTileText {
  readonly source: string;
  readonly epilogue: EpilogueText;
}

export function registerTileText(tile: RegisterTile): RegisterTileText {
  const { lanes, tileRows, vectors, leftReaches, vectorised } = tile;
  const epilogue = epilogueText(tile.epilogue, vectorised, 3);
  const rows = range(tileRows);
  const columns = range(vectors);
  const left = readLeft(tile);
  const right = readRight(tile);
  const spread = (i: number, q: number): string =>
    leftReaches === 'broadcast'
      ? `subgroupBroadcast(a${Math.floor(i / lanes)}[${q}], ${i % lanes}u)`
      : `a${i}[${q}]`;
  const multiply = (i: number): string => {
    const splats = QUARTERS.map((q) => `let s${q} = vec4f(${spread(i, q)});`).join(' ');
    const sums = columns.map(
      (j) => `      ${QUARTERS.map((q) => `c${i}_${j} = fma(s${q}, b${q}_${j}, c${i}_${j});`).join(' ')}`,
    );
    return `    { ${splats}\n${sums.join('\n')} }`;
  };
  const source = `${leftReaches === 'broadcast' ? 'enable subgroups;\n' : ''}struct Sizes { ${viewFields('left')}, ${viewFields('right')}, ${viewFields('out')}, m: u32, n: u32, k: u32, rowTiles: u32, panels: u32, batchInner: u32, scale: u32, ${PART_FIELDS} }
${left.declaration}
${right.declaration}
@group(0) @binding(2) var<storage, read_write> product: array<${vectorised ? 'vec4f' : 'f32'}>;
${epilogue.declarations}@group(0) @binding(${epilogue.nextBinding}) var<uniform> sizes: Sizes;
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(${leftReaches === 'broadcast' ? 'subgroup_invocation_id' : 'local_invocation_index'}) lane: u32) {
  let group = id + ${PART_GROUP};
  let z = group.z;
  let firstRow = group.y * ${tileRows}u;
  let endRow = min(firstRow + ${tileRows}u, sizes.m);
  let firstColumn = (group.x * ${lanes * vectors}u + lane) * 4u;
  let base = ${baseExpression('out')};
  let steps = (sizes.k + 3u) / 4u;
${left.before}
${right.before}
${columns.map((j) => begin(tile, epilogue, j)).join('\n')}
  for (var step = 0u; step < steps; step++) {
${left.load}
${right.load}
${rows.map(multiply).join('\n')}
  }
${columns.map((j) => store(tile, epilogue, j)).join('\n')}
}
`;
  return { source, epilogue };
}

const QUARTERS = [0, 1, 2, 3] as const;

/** WGSL around the inner loop that loads an operand. */
interface Load {
  readonly declaration: string;
  readonly before: string;
  readonly load: string;
}

/** Loads a0, a1, ..., four steps each: of `lanes` rows, one a lane, or of one row. */
function readLeft({ lanes, tileRows, leftReaches, left }: RegisterTile): Load {
  const [blocks, row] =
    leftReaches === 'broadcast'
      ? [range(tileRows / lanes), (r: number) => `firstRow + ${r * lanes}u + lane`]
      : [range(tileRows), (r: number) => `firstRow + ${r}u`];
  if (left === 'buffer' || left === 'texture') {
    return {
      declaration: declarePacked(0, 'left', left, 'read'),
      before: `  let leftAt = (z * sizes.rowTiles + group.y) * ${tileRows}u * steps + lane;`,
      load: lines(blocks, (r) => {
        const at = `leftAt + ${r * lanes}u * steps + ${lanes}u * step`;
        return `    let a${r} = ${loadPacked('left', left, at)};`;
      }),
    };
  }
  const before = `  let leftBase = ${baseExpression('left')};
${lines(blocks, (r) => `  let leftAt${r} = leftBase + min(${row(r)}, sizes.m - 1u) * sizes.leftRowStride;`)}`;
  if (left === 'rows') {
    return {
      declaration: '@group(0) @binding(0) var<storage, read> left: array<vec4f>;',
      before,
      load: lines(blocks, (r) => `    let a${r} = left[leftAt${r} / 4u + step];`),
    };
  }
  return {
    declaration: `@group(0) @binding(0) var<storage, read> left: array<f32>;
fn leftFour(at: vec4u) -> vec4f { return vec4f(left[at.x], left[at.y], left[at.z], left[at.w]); }`,
    before,
    load: `    let leftDepths = vec4u(4u * step) + vec4u(0u, 1u, 2u, 3u);
    let leftAcross = min(leftDepths, vec4u(sizes.k - 1u)) * sizes.leftColumnStride;
${lines(blocks, (r) => `    let a${r} = select(vec4f(), leftFour(leftAt${r} + leftAcross), leftDepths < vec4u(sizes.k));`)}`,
  };
}

/** Loads b0_0, b1_0, ..., b0_1, ...: of four steps, `vectors` times four columns. */
function readRight({ lanes, vectors, right }: RegisterTile): Load {
  const columns = range(vectors);
  const each = (line: (q: number, j: number) => string): string =>
    lines(columns, (j) => lines(QUARTERS, (q) => line(q, j)));
  if (right === 'buffer' || right === 'texture') {
    const width = lanes * vectors;
    return {
      declaration: declarePacked(1, 'right', right, 'read'),
      before: `  let rightAt = (z * sizes.panels + group.x) * ${4 * width}u * steps + lane;`,
      load: each((q, j) => {
        const at = `rightAt + ${4 * width}u * step + ${q * width + j * lanes}u`;
        return `    let b${q}_${j} = ${loadPacked('right', right, at)};`;
      }),
    };
  }
  const base = `  let rightBase = ${baseExpression('right')};`;
  if (right === 'rows') {
    return {
      declaration: '@group(0) @binding(1) var<storage, read> right: array<vec4f>;',
      before: `${base}
${lines(columns, (j) => `  let rightAt${j} = rightBase + min(firstColumn + ${4 * j * lanes}u, sizes.n - 4u);`)}`,
      load: each((q, j) => {
        const at = `(rightAt${j} + min(4u * step + ${q}u, sizes.k - 1u) * sizes.rightRowStride) / 4u`;
        return `    let b${q}_${j} = right[${at}];`;
      }),
    };
  }
  const before = `${base}
${lines(columns, (j) => `  let rightAt${j} = vec4u(rightBase) + min(vec4u(firstColumn + ${4 * j * lanes}u) + vec4u(0u, 1u, 2u, 3u), vec4u(sizes.n - 1u)) * sizes.rightColumnStride;`)}`;
  if (right === 'columns') {
    // Four columns are read four deep and turned.
    return {
      declaration: '@group(0) @binding(1) var<storage, read> right: array<vec4f>;',
      before,
      load: lines(
        columns,
        (j) => `${lines(QUARTERS, (c) => `    let v${c}_${j} = right[rightAt${j}[${c}] / 4u + step];`)}
${lines(QUARTERS, (q) => `    let b${q}_${j} = vec4f(${QUARTERS.map((c) => `v${c}_${j}[${q}]`).join(', ')});`)}`,
      ),
    };
  }
  return {
    declaration: `@group(0) @binding(1) var<storage, read> right: array<f32>;
fn rightFour(at: vec4u) -> vec4f { return vec4f(right[at.x], right[at.y], right[at.z], right[at.w]); }`,
    before,
    load: each((q, j) => {
      const at = `rightAt${j} + min(4u * step + ${q}u, sizes.k - 1u) * sizes.rightRowStride`;
      return `    let b${q}_${j} = rightFour(${at});`;
    }),
  };
}

/** Declares the sums of one vector of columns: zeros, or what the product holds. */
function begin(tile: RegisterTile, epilogue: EpilogueText, j: number): string {
  const rows = range(tile.tileRows);
  if (!epilogue.accumulates) return `  ${rows.map((i) => `var c${i}_${j} = vec4f();`).join(' ')}`;
  const sum = `begun${j}[row - firstRow]`;
  const load = tile.vectorised
    ? `if (column < sizes.n) { ${sum} = product[at / 4u]; }`
    : lines(QUARTERS, (q) => `if (column + ${q}u < sizes.n) { ${sum}[${q}] = product[at + ${q}u]; }`);
  return `  var begun${j}: array<vec4f, ${tile.tileRows}>;
${rowLoop(tile, j, load)}
  ${rows.map((i) => `var c${i}_${j} = begun${j}[${i}];`).join(' ')}`;
}

/** Stores the sums of one vector of columns. */
function store(tile: RegisterTile, epilogue: EpilogueText, j: number): string {
  const sum = `sums${j}[row - firstRow]`;
  const stores = tile.vectorised
    ? `if (column < sizes.n) ${epilogue.store(sum, 'at', 'column')}`
    : lines(
        QUARTERS,
        (q) =>
          `if (column + ${q}u < sizes.n) ${epilogue.store(`${sum}[${q}]`, `at + ${q}u`, `column + ${q}u`)}`,
      );
  const sums = range(tile.tileRows).map((i) => `c${i}_${j}`);
  return `  var sums${j} = array<vec4f, ${tile.tileRows}>(${sums.join(', ')});
${rowLoop(tile, j, stores)}`;
}

/**
 * Goes through the rows of the output that one vector of columns has. Compilers leave this a loop, since its bounds
 * tell nothing of how often it runs: unrolled, stores would be most of the kernel and of its time to compile.
 */
function rowLoop({ lanes }: RegisterTile, j: number, body: string): string {
  return `  for (var row = firstRow; row < endRow; row++) {
    let column = firstColumn + ${4 * j * lanes}u;
    let at = base + row * sizes.outRowStride + column;
    ${body.replaceAll('\n', '\n    ')}
  }`;
}

function lines<T>(items: readonly T[], line: (item: T) => string): string {
  return items.map(line).join('\n');
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
