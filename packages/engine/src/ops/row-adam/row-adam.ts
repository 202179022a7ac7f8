import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Cost, type Work } from '../../program/cost.ts';
import { columnsIn, forWidth, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows, type RowBlock } from '../../program/rows.ts';
import type { Scalar, Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import {
  checkMaskColumns,
  columnMaskWords,
  entriesOfColumns,
  reckonedEntries,
  type ActiveColumns,
} from '../active-mask/active-mask.ts';
import { gatherRows } from '../sparse-transposed-matmul/sparse-transposed-matmul.ts';
import { adamConstants, type AdamOptions, type Moments } from '../adam/adam.ts';
import { partsWords, type Parts } from './parts.ts';

const KERNEL: Kernel = {
  label: 'row-adam',
  source: new URL('./row-adam.wgsl', import.meta.url),
  reduces: true,
};
const WHOLE = new URL('./f-whole.wgsl', import.meta.url);
const HALVES = new URL('./f-halves.wgsl', import.meta.url);
/** Storage buffers that the kernel binds with f in halves; WebGPU guarantees eight. */
const BINDINGS_OF_HALVES = 9;

/** Where the gradient of the rows comes from. */
export type RowGradient =
  /** fᵀ · y, gathered sample by sample: f (B,F), and y (B,D) unless the parts say otherwise. */
  | {
      readonly kind: 'sparse';
      readonly f: Value;
      readonly mask: ActiveColumns;
      readonly y: Value;
      readonly parts?: Parts;
    }
  /** A gradient (F,D) that already exists. */
  | { readonly kind: 'dense'; readonly gradient: Value };

/** What happens to the rows beside Adam's step. */
export interface RowRule {
  /**
   * (F) the share of each row that its gradient loses: g - along · w / |w|². For unit rows it is w·g, which leaves
   * g nothing along the row. It is overwritten: see rowAdam.
   */
  readonly along: Value | null;
  /** Whether rows are brought to norm 1 after the step. */
  readonly unit: boolean;
}

interface RowAdamSizes {
  readonly F: number;
  readonly D: number;
  readonly along: boolean;
  readonly unit: boolean;
}

export const rowAdamCost = {
  dense: (sizes: RowAdamSizes): Work => {
    const step = stepCost(sizes);
    return { flops: step.flops, bytes: step.bytes + bytesOf(sizes.F * sizes.D) };
  },
  /** Gathers `active` rows of y (B,D), each of which is touched once. */
  sparse: ({ B, active, ...sizes }: RowAdamSizes & { B: number; active: number }): Work => {
    const step = stepCost(sizes);
    const { F, D } = sizes;
    return {
      flops: step.flops + 2 * active * D,
      bytes: step.bytes + bytesOf(active, Math.min(active, B) * D, columnMaskWords({ B, F })),
    };
  },
  /** The gradient's norm alone: no step, no moments. */
  norms: ({ B, active, F, D, along }: Omit<RowAdamSizes, 'unit'> & { B: number; active: number }): Work => ({
    flops: 2 * active * D + 2 * F * D + (along ? F * (4 * D + 1) : 0),
    bytes: bytesOf(active, Math.min(active, B) * D, columnMaskWords({ B, F }), along ? F * D : 0, 2 * F),
  }),
};

/**
 * Adam, given the gradient, and the gradient's squared norm. What is taken from it along the row: |w|², its quotient
 * and the subtraction. Unit rows: |w|² after the step, its root, its reciprocal and the scaling.
 */
function stepCost({ F, D, along, unit }: RowAdamSizes): Work {
  return {
    flops: 16 * F * D + (along ? F * (4 * D + 1) : 0) + (unit ? F * (3 * D + 2) : 0),
    bytes: bytesOf(6 * F * D, 2 * F),
  };
}

/**
 * Records one Adam step of w (F,D), row by row, without storing a gathered gradient.
 *
 * @param clip a scalar of the program that gradients are multiplied by before Adam sees them; see clipGradients
 * @returns (F) |g|² of each row's gradient before the clip; it is the buffer of `along`, where there is one
 */
export function rowAdam(
  p: ProgramBuilder,
  w: Value,
  gradient: RowGradient,
  moments: Moments,
  options: AdamOptions,
  rule: RowRule,
  clip: Scalar | null = null,
): Value {
  return record(p, w, gradient, moments, options, rule, { update: true, clip });
}

/**
 * Finds |g|² (F) of the gradient that rowAdam would give each row to Adam, and moves nothing.
 *
 * @returns the buffer of `along`, where there is one
 */
export function rowGradientSquares(
  p: ProgramBuilder,
  w: Value,
  gradient: RowGradient,
  moments: Moments,
  options: AdamOptions,
  rule: RowRule,
): Value {
  return record(p, w, gradient, moments, options, rule, { update: false, clip: null });
}

function record(
  p: ProgramBuilder,
  w: Value,
  gradient: RowGradient,
  moments: Moments,
  options: AdamOptions,
  rule: RowRule,
  { update, clip }: { readonly update: boolean; readonly clip: Scalar | null },
): Value {
  checkGradient(w, gradient);
  const [F, D] = w.shape as [number, number];
  const squares = rule.along ?? p.temporary(`|d${w.label}|²`, [F]);
  const moved = [w, p.persistent(moments.first), p.persistent(moments.second)];
  const samples = samplesOf(p, gradient);
  const gathered = samples.length > 0 ? (gradient as SparseGradient) : null;
  const costOf = costs(gradient, { F, D, along: rule.along !== null, unit: rule.unit }, update);
  const parts = gradient.kind === 'sparse' ? (gradient.parts ?? null) : null;
  for (const block of rowBlocks(p.gpu, [w, squares], 1, costOf.reckoned)) {
    p.dispatch({
      kernel: { ...forWidth(KERNEL, D), before: samples.length === 2 ? HALVES : WHOLE },
      constants: {
        WORKGROUP_SIZE: p.gpu.workgroupSize,
        FEATURES: F,
        WIDTH: columnsIn(D),
        SUMMARIES: gathered?.mask.columnSummaries ?? 0,
        FROM_GRADIENT: gathered === null ? 1 : 0,
        ALONG: rule.along === null ? 0 : 1,
        UNIT_ROWS: rule.unit ? 1 : 0,
        UPDATE: update ? 1 : 0,
        CLIPPED: clip === null ? 0 : 1,
        CLIP_SLOT: clip ?? 0,
        GROUPS: parts?.groups.length ?? 1,
        AGAIN: parts?.again === true ? 1 : 0,
        ...adamConstants(p, options),
      },
      bindings: [
        gathered === null ? p.unread : rows(gathered.f, samples[0]!),
        gathered?.mask.columns ?? p.unread,
        gathered?.y ?? storedGradient(p, w, gradient, block),
        rows(squares, block),
        p.scalars,
        ...moved.map((value) => rows(value, block)),
        ...samples.slice(1).map((half) => rows(gathered!.f, half)),
      ],
      groups: block.count,
      sizes: partsWords(parts ?? { first: rowsOf(gradient), second: 0, groups: [F] }, F, {
        firstRow: samples[1]?.from ?? 0,
        firstFeature: block.from,
        features: block.count,
      }),
      cost: costOf.block(block, gathered),
    });
  }
  return squares;
}

type SparseGradient = Extract<RowGradient, { kind: 'sparse' }>;

/** @throws {ShapeError} if the gradient is not one of w (F,D), or its mask not that of f */
function checkGradient(w: Value, gradient: RowGradient): void {
  if (gradient.kind === 'dense') {
    bindDimensions('rowAdam', { gradient: ['F', 'D'], w: ['F', 'D'] }, { gradient: gradient.gradient, w });
    return;
  }
  const { f, y, mask, parts } = gradient;
  const pattern = { f: ['B', 'F'], y: [parts === undefined ? 'B' : 'N', 'D'], w: ['F', 'D'] };
  const { B, F } = bindDimensions('rowAdam', pattern, { f, y, w });
  checkMaskColumns('rowAdam', mask, { B: B!, F: F! });
}

/** B of a gradient that is gathered from samples. */
function rowsOf(gradient: RowGradient): number {
  return gradient.kind === 'sparse' ? gradient.f.shape[0]! : 0;
}

/**
 * The samples that the kernel gathers from itself, in as many bindings as they take: a row needs all of them at once.
 * None where the gradient is there already, or where those would be more than two, or than the device allows.
 */
function samplesOf(p: ProgramBuilder, gradient: RowGradient): RowBlock[] {
  if (gradient.kind === 'dense') return [];
  const blocks = rowBlocks(p.gpu, [gradient.f], 32);
  const halves = p.gpu.device.limits.maxStorageBuffersPerShaderStage >= BINDINGS_OF_HALVES ? 2 : 1;
  return blocks.length <= halves ? blocks : [];
}

/** The gradient of a block of the rows of w, gathered before where it is not there yet. */
function storedGradient(p: ProgramBuilder, w: Value, gradient: RowGradient, block: RowBlock): Value {
  if (gradient.kind === 'dense') return rows(gradient.gradient, block);
  const { f, mask, y, parts = null } = gradient;
  const g = p.temporary(`d${w.label}`, [block.count, w.shape[1]!]);
  gatherRows(p, f, mask, y, parts, { g, first: block.from });
  return g;
}

/** What a step of all rows is reckoned to cost, and what one of a block does, from samples or a stored gradient. */
function costs(gradient: RowGradient, sizes: RowAdamSizes, update: boolean) {
  const B = rowsOf(gradient);
  const ofEntries = update ? rowAdamCost.sparse : rowAdamCost.norms;
  return {
    reckoned:
      gradient.kind === 'dense'
        ? rowAdamCost.dense(sizes)
        : ofEntries({ ...sizes, B, active: reckonedEntries({ B, F: sizes.F }) }),
    block({ count }: RowBlock, gathered: SparseGradient | null): Cost {
      const size = { ...sizes, F: count };
      if (gathered === null) return rowAdamCost.dense(size);
      const share = count / sizes.F;
      return {
        entries: entriesOfColumns(gathered.mask),
        of: (active) => ofEntries({ ...size, B, active: active * share }),
      };
    },
  };
}
