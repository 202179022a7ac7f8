import { ShapeError } from '../../errors.ts';
import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf } from '../../program/cost.ts';
import { columnsIn, forWidth, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import { spreadElements, spreadRows } from '../../program/spread.ts';
import { readsTexturesFaster, TEXELS } from '../../program/texture.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions, describeShape } from '../../tensor/shape.ts';
import { COLUMNS_A_SUMMARY, reckonedEntries } from '../active-mask/active-mask.ts';
import type { CompactedRows } from '../compact-rows/compact-rows.ts';
import { sparseMatmulCost } from './sparse-matmul.ts';

const KERNEL: Kernel = {
  label: 'listed-reconstruction',
  source: new URL('./listed-reconstruction.wgsl', import.meta.url),
  reduces: true,
};
const IN_BUFFER = new URL('./w-in-buffer.wgsl', import.meta.url);
const IN_TEXTURE = new URL('./w-in-texture.wgsl', import.meta.url);
const TO_TEXTURE: Kernel = {
  label: 'listed-reconstruction/texture',
  source: new URL('./to-texture.wgsl', import.meta.url),
};

/** What listed entries make of rows. */
export interface ListedReconstruction {
  /** (B,D) */
  readonly y: Value;
  /** (B,2) of each row |y - x|² and |y|². */
  readonly squares: Value;
}

/**
 * y = f · w + bias from the entries of f (B,F) as compactRows lists them, and how far it is from x: a third of the time
 * of `sparseMatmul`, `residual` and `rowNorm` where entries have been listed anyway, as neither masks nor the far apart
 * entries of f are read, nor y a second time.
 *
 * @param offsets (B+1) u32, where the entries of each row are in the list. Rows of which some are beyond it, or that end
 *   before they begin, are left out: y and squares stay as they are
 * @param w (F,D)
 * @param bias (D)
 * @param x (B,D)
 * @param into where the results are written; temporaries of their own otherwise
 * @throws {ShapeError} if columns and values are not of one length
 */
export function listedReconstruction(
  p: ProgramBuilder,
  offsets: Value,
  { columns, values }: CompactedRows,
  { w, bias, x }: { readonly w: Value; readonly bias: Value; readonly x: Value },
  into: ListedReconstruction | null = null,
): ListedReconstruction {
  const sizes = bindDimensions(
    'listedReconstruction',
    { w: ['F', 'D'], bias: ['D'], x: ['B', 'D'] },
    { w, bias, x },
  );
  const { F, D, B } = sizes;
  const capacity = columns.shape[0]!;
  if (values.shape[0] !== capacity || offsets.shape[0] !== B + 1) {
    throw new ShapeError(
      `listedReconstruction: expected as many columns as values and offsets (${B + 1}), got ${describeShape(columns.shape)}, ${describeShape(values.shape)} and ${describeShape(offsets.shape)}`,
    );
  }
  const { y, squares } = into ?? { y: p.temporary('y', [B, D]), squares: p.temporary('squares', [B, 2]) };
  const WIDTH = columnsIn(D);
  const lanes = p.gpu.workgroupSize;
  const table = worthTexture(p, sizes) ? inTexture(p, w) : null;
  const kernel = { ...forWidth(KERNEL, D), before: table === null ? IN_BUFFER : IN_TEXTURE };
  const work = sparseMatmulCost({ B, F, D, active: reckonedEntries({ B, F }) });
  const blocksOfFeatures =
    table === null ? rowBlocks(p.gpu, [w], COLUMNS_A_SUMMARY) : [{ from: 0, count: F }];
  for (const block of rowBlocks(p.gpu, [y], 1, work)) {
    const { constants, groups } = spreadRows(p.gpu, block.count, D);
    for (const features of blocksOfFeatures) {
      p.dispatch({
        kernel,
        constants: {
          ...constants,
          FIRST_ROW: block.from,
          END_ROW: block.from + block.count,
          CAPACITY: capacity,
          FROM: features.from,
          END: features.from + features.count,
          WIDTH,
          OWNED: WIDTH > 4 * lanes ? 8 : WIDTH > 2 * lanes ? 4 : 2,
          ...(table !== null && { TEXELS }),
        },
        bindings: [offsets, columns, values, table ?? rows(w, features), bias, x, y, squares],
        groups,
        cost: null, // how many entries fit is nowhere counted
      });
    }
  }
  return { y, squares };
}

/** Whether rows of w are read so much oftener than there are of them that a copy in a texture is made up for. */
function worthTexture({ gpu }: ProgramBuilder, { B, F, D }: { B: number; F: number; D: number }): boolean {
  return D % 4 === 0 && F <= B && readsTexturesFaster(gpu, [F, D]);
}

function inTexture(p: ProgramBuilder, w: Value): Value {
  const [F, D] = w.shape as [number, number];
  const table = p.texture(`${w.label} in a texture`, [F, D]);
  const COUNT = (F * D) / 4;
  const { constants, groups } = spreadElements(p.gpu, COUNT);
  p.dispatch({
    kernel: TO_TEXTURE,
    constants: { COUNT, TEXELS, ...constants },
    bindings: [w, table],
    groups,
    cost: { flops: 0, bytes: bytesOf(2 * F * D) },
  });
  return table;
}
