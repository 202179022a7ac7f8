import { epilogueText, type EpilogueText } from './epilogue.ts';
import { PART_FIELDS, PART_GROUP } from './grid.ts';
import { baseExpression, viewFields, type Epilogue } from './problem.ts';

/** A kernel of the family; see WorkgroupTileConfig. */
export interface WorkgroupTile {
  readonly tileRows: number;
  readonly tileColumns: number;
  readonly depth: number;
  readonly threadRows: number;
  readonly threadVectors: number;
  readonly left: TileReading;
  readonly right: TileReading;
  /** Whether rows of the output can be written four elements at a time. */
  readonly vectorised: boolean;
  readonly epilogue: Epilogue;
}

/**
 * How an operand is read: four neighbours at once, or singly where rows do not begin at multiples of four. They lie
 * across its rows or columns, or along the depth.
 */
export type TileReading = 'across' | 'along' | 'across singly' | 'along singly';

const QUARTERS = [0, 1, 2, 3] as const;

export function workgroupTileText(tile: WorkgroupTile): { source: string; epilogue: EpilogueText } {
  const { tileRows, tileColumns, depth, threadRows, threadVectors, vectorised } = tile;
  const threadsX = tileColumns / (4 * threadVectors);
  const threadsY = tileRows / threadRows;
  const epilogue = epilogueText(tile.epilogue, vectorised, 3);
  const left = slice({ name: 'left', extent: tileRows, depth, reading: tile.left });
  const right = slice({ name: 'right', extent: tileColumns, depth, reading: tile.right });
  const passage = passageOf(left, right, threadsX * threadsY);
  const load = (sum: string, at: string) => `${sum} = product[${vectorised ? `(${at}) / 4u` : at}];`;
  const rows = range(threadRows);
  const columns = range(threadVectors);
  const element = (reading: TileReading) => (reading.endsWith('singly') ? 'f32' : 'vec4f');
  const source = `struct Sizes { ${viewFields('left')}, ${viewFields('right')}, ${viewFields('out')}, m: u32, n: u32, k: u32, splits: u32, splitDepth: u32, batchInner: u32, scale: u32, ${PART_FIELDS} }
@group(0) @binding(0) var<storage, read> left: array<${element(tile.left)}>;
@group(0) @binding(1) var<storage, read> right: array<${element(tile.right)}>;
@group(0) @binding(2) var<storage, read_write> product: array<${vectorised ? 'vec4f' : 'f32'}>;
${epilogue.declarations}@group(0) @binding(${epilogue.nextBinding}) var<uniform> sizes: Sizes;
var<workgroup> leftSlice: array<vec4f, ${depth * left.pitch}>;
var<workgroup> rightSlice: array<vec4f, ${depth * right.pitch}>;
@compute @workgroup_size(${threadsX}, ${threadsY})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) thread: u32) {
  let group = id + ${PART_GROUP};
  let split = group.z % sizes.splits;
  let z = group.z / sizes.splits;
  let leftBase = ${baseExpression('left')};
  let rightBase = ${baseExpression('right')};
  let base = ${baseExpression('out')} + split * sizes.m * sizes.n;
  let leftFirst = group.y * ${tileRows}u;
  let rightFirst = group.x * ${tileColumns}u;
  let firstRow = leftFirst + local.y * ${threadRows}u;
  let firstColumn = rightFirst + local.x * 4u;
  let begin = split * sizes.splitDepth;
  let end = min(begin + sizes.splitDepth, sizes.k);
${lines(rows, (i) => `  ${columns.map((j) => `var c${i}_${j} = vec4f();`).join(' ')}`)}
${vectorised ? '' : `  var sums: array<vec4f, ${threadRows}>;\n`}${epilogue.accumulates ? `${eachElement(tile, load)}\n` : ''}${passage.registers}
  for (var first = begin; first < end + ${depth}u; first += ${depth}u) {
    if (first < end) {
${passage.fetch}
    }
    if (first > begin) {
      for (var d = 0u; d < ${depth}u; d++) {
${lines(range(threadRows / 4), (i) => `        let a${i} = leftSlice[d * ${left.pitch}u + local.y * ${threadRows / 4}u + ${i}u];`)}
${lines(columns, (j) => `        let b${j} = rightSlice[d * ${right.pitch}u + local.x + ${j * threadsX}u];`)}
${lines(rows, (i) => `        { let a = vec4f(a${Math.floor(i / 4)}[${i % 4}]); ${columns.map((j) => `c${i}_${j} = fma(a, b${j}, c${i}_${j});`).join(' ')} }`)}
      }
    }
    workgroupBarrier();
${passage.store}
    workgroupBarrier();
  }
${eachElement(tile, (sum, at, column) => epilogue.store(sum, at, column))}
}
`;
  return { source, epilogue };
}

interface Slice {
  /** vec4f from one step of the depth to the next, in workgroup memory. */
  readonly pitch: number;
  /** Blocks of four by four. */
  readonly blocks: number;
  /** Statements that take a block to four registers, and from there to workgroup memory. */
  readonly fetch: (block: string, registers: readonly string[]) => string;
  readonly store: (block: string, registers: readonly string[]) => string;
}

/**
 * A slice of an operand passes through workgroup memory as vec4f across its rows or columns, in blocks of four by four
 * which are turned in registers where memory runs along the depth. One vec4f of padding a row keeps those that are
 * stored together in different banks.
 */
function slice({
  name,
  extent,
  depth,
  reading,
}: {
  readonly name: 'left' | 'right';
  /** Rows or columns of the tile. */
  readonly extent: number;
  readonly depth: number;
  readonly reading: TileReading;
}): Slice {
  const pitch = extent / 4 + 1;
  // Neighbouring threads read neighbouring memory.
  const place = (block: string): string =>
    reading.startsWith('along')
      ? `let x = ((${block}) / ${depth / 4}u) * 4u; let y = ((${block}) % ${depth / 4}u) * 4u;`
      : `let x = ((${block}) % ${extent / 4}u) * 4u; let y = ((${block}) / ${extent / 4}u) * 4u;`;
  const vector = vectors(name)[reading];
  const turned = reading.startsWith('along');
  return {
    pitch,
    blocks: (extent * depth) / 16,
    fetch: (block, registers) => `      ${place(block)}
      let across = ${name}First + x;
      let along = first + y;
${lines(QUARTERS, (q) => {
  const [before, value] = vector(q);
  return `      ${before}${turned ? `let u${q}` : registers[q]} = ${value};`;
})}${turned ? `\n${lines(QUARTERS, (q) => `      ${registers[q]} = vec4f(${QUARTERS.map((c) => `u${c}[${q}]`).join(', ')});`)}` : ''}`,
    store: (block, registers) => `      ${place(block)}
${lines(QUARTERS, (q) => `      ${name}Slice[(y + ${q}u) * ${pitch}u + x / 4u] = ${registers[q]};`)}`,
  };
}

/**
 * How each way of reading an operand reads the vector of step `q` of the depth, or of row or column `q` where four steps
 * are read at once: zeros past its edges, and never an element that is not there.
 */
function vectors(
  name: 'left' | 'right',
): Readonly<Record<TileReading, (q: number) => readonly [before: string, value: string]>> {
  const limit = name === 'left' ? 'sizes.m' : 'sizes.n';
  const [acrossStride, alongStride] =
    name === 'left'
      ? ['sizes.leftRowStride', 'sizes.leftColumnStride']
      : ['sizes.rightColumnStride', 'sizes.rightRowStride'];
  const clampedAlong = (q: number) => `min(along + ${q}u, sizes.k - 1u) * ${alongStride}`;
  const clampedAcross = (q: number) => `min(across + ${q}u, ${limit} - 1u) * ${acrossStride}`;
  const four = (at: string): string => `vec4f(${QUARTERS.map((c) => `${name}[${at}[${c}]]`).join(', ')})`;
  const numbers = '+ vec4u(0u, 1u, 2u, 3u)';
  return {
    across: (q) => [
      '',
      `select(vec4f(), ${name}[(${name}Base + min(across, ${limit} - 4u) + ${clampedAlong(q)}) / 4u], across < ${limit} && along + ${q}u < end)`,
    ],
    along: (q) => [
      '',
      `select(vec4f(), ${name}[(${name}Base + ${clampedAcross(q)} + min(along, sizes.k - 4u)) / 4u], across + ${q}u < ${limit} && along < end)`,
    ],
    'across singly': (q) => [
      `let p${q} = vec4u(${name}Base + ${clampedAlong(q)}) + min(vec4u(across) ${numbers}, vec4u(${limit} - 1u)) * ${acrossStride}; `,
      `select(vec4f(), ${four(`p${q}`)}, (vec4u(across) ${numbers} < vec4u(${limit})) & vec4<bool>(along + ${q}u < end))`,
    ],
    'along singly': (q) => [
      `let p${q} = vec4u(${name}Base + ${clampedAcross(q)}) + min(vec4u(along) ${numbers}, vec4u(sizes.k - 1u)) * ${alongStride}; `,
      `select(vec4f(), ${four(`p${q}`)}, (vec4u(along) ${numbers} < vec4u(end)) & vec4<bool>(across + ${q}u < ${limit}))`,
    ],
  };
}

/**
 * How the threads of a workgroup share the blocks of both slices, so that as many as there are have one at a time. The
 * next slices are fetched into registers while the ones before are multiplied: memory is slower than a slice lasts.
 */
function passageOf(
  left: Slice,
  right: Slice,
  threads: number,
): { readonly registers: string; readonly fetch: string; readonly store: string } {
  const all = left.blocks + right.blocks;
  const rounds = range(Math.ceil(all / threads));
  const names = (round: number) => QUARTERS.map((q) => `v${round}_${q}`);
  const shared = (act: 'fetch' | 'store'): string =>
    lines(rounds, (round) => {
      const block = round === 0 ? 'thread' : `thread + ${round * threads}u`;
      const ofLeft = left[act](block, names(round));
      const ofRight = right[act](`${block} - ${left.blocks}u`, names(round));
      const rest = (round + 1) * threads <= all ? '' : `if (${block} < ${all}u) `;
      if ((round + 1) * threads <= left.blocks) return `    {\n${ofLeft}\n    }`;
      if (round * threads >= left.blocks) return `    ${rest}{\n${ofRight}\n    }`;
      return `    if (${block} < ${left.blocks}u) {\n${ofLeft}\n    } else ${rest}{\n${ofRight}\n    }`;
    });
  return {
    registers: lines(
      rounds,
      (round) =>
        `  ${names(round)
          .map((name) => `var ${name} = vec4f();`)
          .join(' ')}`,
    ),
    fetch: shared('fetch'),
    store: shared('store'),
  };
}

/**
 * Takes each vector of sums of a thread to its place in the output, or from there. Whole vectors are unrolled, which
 * keeps the sums in registers; at an edge the rows are a loop, or the choices of every element would be most of the
 * kernel.
 */
function eachElement(
  { tileColumns, threadRows, threadVectors, vectorised }: WorkgroupTile,
  statement: (sum: string, at: string, column: string) => string,
): string {
  const threadsX = tileColumns / (4 * threadVectors);
  const rows = range(threadRows);
  const columns = range(threadVectors);
  const columnOf = (j: number) => `firstColumn + ${4 * j * threadsX}u`;
  if (vectorised) {
    return lines(rows, (i) =>
      lines(columns, (j) => {
        const at = `base + (firstRow + ${i}u) * sizes.outRowStride + ${columnOf(j)}`;
        const inside = `firstRow + ${i}u < sizes.m && ${columnOf(j)} < sizes.n`;
        return `  if (${inside}) { ${statement(`c${i}_${j}`, at, columnOf(j))} }`;
      }),
    );
  }
  const sum = 'sums[row - firstRow]';
  return lines(
    columns,
    (j) => `  sums = array<vec4f, ${threadRows}>(${rows.map((i) => `c${i}_${j}`).join(', ')});
  for (var row = firstRow; row < min(firstRow + ${threadRows}u, sizes.m); row++) {
    let column = ${columnOf(j)};
    let at = base + row * sizes.outRowStride + column;
${lines(QUARTERS, (q) => `    if (column + ${q}u < sizes.n) { ${statement(`${sum}[${q}]`, `at + ${q}u`, `column + ${q}u`)} }`)}
  }
  ${rows.map((i) => `c${i}_${j} = sums[${i}];`).join(' ')}`,
  );
}

function lines<T>(items: readonly T[], line: (item: T) => string): string {
  return items.map(line).join('\n');
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
