import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { columnsIn, forWidth, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import { spreadElements } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const KERNEL: Kernel = { label: 'above-bounds', source: new URL('./above-bounds.wgsl', import.meta.url) };

export const aboveBoundsCost = ({ B, F }: { B: number; F: number }): Work => ({
  flops: 0,
  bytes: bytesOf(B * F, B, F, B * Math.ceil(F / 32)),
});

/**
 * Marks the entries of x (B,F) that are above the bound of their row or above that of their column: what may be among
 * the largest of either, where bounds are the least of those found so far.
 *
 * @param rowBounds (B)
 * @param columnBounds (F)
 * @returns (B,⌈F/32⌉) u32, as the `rows` of an active mask
 */
export function aboveBounds(p: ProgramBuilder, x: Value, rowBounds: Value, columnBounds: Value): Value {
  const { B, F } = bindDimensions(
    'aboveBounds',
    { x: ['B', 'F'], rowBounds: ['B'], columnBounds: ['F'] },
    { x, rowBounds, columnBounds },
  );
  const words = Math.ceil(F / 32);
  const mask = p.temporary(`${x.label} above bounds`, [B, words], 'u32');
  for (const block of rowBlocks(p.gpu, [x], 1, aboveBoundsCost({ B, F }))) {
    const spread = spreadElements(p.gpu, block.count * words);
    const { RUN, ...lanes } = spread.constants;
    p.dispatch({
      kernel: forWidth(KERNEL, F),
      constants: { COLUMNS: columnsIn(F), WORDS: words, ...lanes },
      bindings: [rows(x, block), rowBounds, columnBounds, mask],
      groups: spread.groups,
      sizes: Uint32Array.of(block.count, block.from, RUN),
      cost: aboveBoundsCost({ B: block.count, F }),
    });
  }
  return mask;
}
