import { ShapeError } from '../../errors.ts';
import type { ProgramBuilder } from '../../program/builder.ts';
import { columnsIn, forWidth, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions, describeShape } from '../../tensor/shape.ts';
import { COLUMNS_A_SUMMARY, reckonedEntries } from '../active-mask/active-mask.ts';
import type { CompactedRows } from '../compact-rows/compact-rows.ts';
import { sparseMatmulCost } from './sparse-matmul.ts';

const KERNEL: Kernel = { label: 'listed-matmul', source: new URL('./listed-matmul.wgsl', import.meta.url) };

/**
 * What sparseMatmul computes, to the bit, from the entries of f (B,F) as compactRows lists them from row 0 on: in half the
 * time where they have been listed anyway, as neither masks nor the far apart entries of f are read.
 *
 * @param offsets (B+1) u32, of rowOffsets
 * @param entries of f; rows that do not fit are left out, and what y holds there is undefined
 * @param w (F,D)
 * @param bias (D)
 * @returns y (B,D)
 * @throws {ShapeError} if columns and values are not of one length
 */
export function listedMatmul(
  p: ProgramBuilder,
  offsets: Value,
  { columns, values }: CompactedRows,
  w: Value,
  bias: Value,
  label: string,
): Value {
  const { F, D } = bindDimensions('listedMatmul', { w: ['F', 'D'], bias: ['D'] }, { w, bias });
  const B = offsets.shape[0]! - 1;
  const capacity = columns.shape[0]!;
  if (values.shape[0] !== capacity) {
    throw new ShapeError(
      `listedMatmul: expected as many columns as values, got ${describeShape(columns.shape)} and ${describeShape(values.shape)}`,
    );
  }
  const y = p.temporary(label, [B, D]);
  const WIDTH = columnsIn(D);
  const work = sparseMatmulCost({ B, F, D, active: reckonedEntries({ B, F }) });
  for (const block of rowBlocks(p.gpu, [y], 1, work)) {
    for (const features of rowBlocks(p.gpu, [w], COLUMNS_A_SUMMARY)) {
      p.dispatch({
        kernel: forWidth(KERNEL, D),
        constants: {
          WORKGROUP_SIZE: p.gpu.workgroupSize,
          FIRST_ROW: block.from,
          END_ROW: block.from + block.count,
          CAPACITY: capacity,
          FROM: features.from,
          END: features.from + features.count,
          WIDTH,
          OWNED: WIDTH > 4 * p.gpu.workgroupSize ? 8 : 4,
        },
        bindings: [offsets, columns, values, rows(w, features), bias, y],
        groups: block.count,
        cost: null, // how many entries fit is nowhere counted
      });
    }
  }
  return y;
}
