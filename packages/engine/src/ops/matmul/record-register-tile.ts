import type { ProgramBuilder } from '../../program/builder.ts';
import type { Value } from '../../program/value.ts';
import { DISPATCH_FLOPS, gridParts, partSizes } from './grid.ts';
import { floatBits, isVectorised, matmulCost, viewSizes, type MatmulProblem } from './problem.ts';
import {
  registerTileText,
  type LeftReading,
  type RegisterTile,
  type RightReading,
} from './register-tile-text.ts';

export interface RegisterTileLaunch {
  /** Of the family, for the label. */
  readonly name: string;
  readonly tile: Pick<RegisterTile, 'lanes' | 'tileRows' | 'vectors' | 'leftReaches'>;
  /** The operands, packed or as they are, and how the kernel reads them. */
  readonly left: readonly [Value, LeftReading];
  readonly right: readonly [Value, RightReading];
}

/** Records a product by register tiles, in several dispatches where it is long. */
export function recordRegisterTile(
  p: ProgramBuilder,
  problem: MatmulProblem,
  launch: RegisterTileLaunch,
): void {
  const { m, n, k, batch, left, right, out } = problem;
  const { lanes, tileRows, vectors } = launch.tile;
  const tileColumns = 4 * lanes * vectors;
  const rowTiles = Math.ceil(m / tileRows);
  const panels = Math.ceil(n / tileColumns);
  const vectorised = isVectorised(out, n);
  const { source, epilogue } = registerTileText({
    ...launch.tile,
    left: launch.left[1],
    right: launch.right[1],
    vectorised,
    epilogue: problem.epilogue,
  });
  const label = `matmul/${launch.name} ${tileRows}x${tileColumns} ${launch.left[1]} ${launch.right[1]}${vectorised ? '' : ' edge'}${epilogue.name}`;
  const cost = matmulCost(problem);
  const most = Math.ceil(DISPATCH_FLOPS[p.gpu.adapterClass] / (2 * tileRows * tileColumns * k));
  for (const part of gridParts([panels, rowTiles, batch[0] * batch[1]], most)) {
    const sizes = [
      [left, right, out].flatMap(viewSizes),
      [m, n, k, rowTiles, panels, batch[1], floatBits(problem.epilogue.scale ?? 1)],
      partSizes(part),
    ];
    p.dispatch({
      kernel: { label, source },
      constants: epilogue.constants,
      bindings: [launch.left[0], launch.right[0], out.value, ...epilogue.bindings],
      groups: part.groups,
      sizes: Uint32Array.from(sizes.flat()),
      cost: { flops: cost.flops * part.share, bytes: cost.bytes * part.share },
    });
  }
}
