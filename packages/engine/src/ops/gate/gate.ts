import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { forWidth, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import { spreadRows } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import {
  columnMaskWords,
  entriesOfColumns,
  reckonedEntries,
  wordsHere,
  type ActiveMask,
} from '../active-mask/active-mask.ts';

const GATE: Kernel = { label: 'gate', source: new URL('./gate.wgsl', import.meta.url) };
const OPEN: Kernel = { label: 'gate/open-gates', source: new URL('./open-gates.wgsl', import.meta.url) };
const SCALE: Kernel = { label: 'gate/scale', source: new URL('./scale.wgsl', import.meta.url) };
const GRADIENTS: Kernel = {
  label: 'gate/gradients',
  source: new URL('./gradients.wgsl', import.meta.url),
};

/** What a gated unit has of its own; all (F). */
export interface GateParameters {
  readonly gateBias: Value;
  readonly magnitudeBias: Value;
  /** Logarithm of the factor that the magnitude's pre-activation has over the gate's. */
  readonly magnitudeLogScale: Value;
}

interface GateSizes {
  readonly B: number;
  readonly F: number;
}

export const gateCost = {
  /** A feature: its scale's exponential. An element: u + gateBias, and the magnitude's multiply-add. */
  gate: ({ B, F }: GateSizes): Work => ({ flops: 3 * B * F + F, bytes: bytesOf(2 * B * F, 3 * F) }),
  open: ({ B, F }: GateSizes): Work => ({ flops: B * F, bytes: bytesOf(2 * B * F, F) }),
  scale: ({ B, F, active }: GateSizes & { active: number }): Work => ({
    flops: active + F,
    bytes: bytesOf(2 * active, columnMaskWords({ B, F }), F),
  }),
  gradients: ({ F }: { F: number }): Work => ({ flops: 5 * F, bytes: bytesOf(7 * F) }),
};

/**
 * Gated activations of u (B,F): ReLU(exp(magnitudeLogScale) · u + magnitudeBias) where the gate u + gateBias is open,
 * that is above 0, and 0 elsewhere (Rajamanoharan et al. 2024, Improving dictionary learning with gated sparse
 * autoencoders, equation 5).
 */
export function gate(
  p: ProgramBuilder,
  u: Value,
  { gateBias, magnitudeBias, magnitudeLogScale }: GateParameters,
): Value {
  const f = p.temporary('f', u.shape);
  const { B, F } = bindDimensions(
    'gate',
    { u: ['B', 'F'], gateBias: ['F'], magnitudeBias: ['F'], magnitudeLogScale: ['F'] },
    { u, gateBias, magnitudeBias, magnitudeLogScale },
  );
  for (const block of rowBlocks(p.gpu, [u], 1, gateCost.gate({ B, F }))) {
    const spread = spreadRows(p.gpu, block.count, F);
    p.dispatch({
      kernel: forWidth(GATE, F),
      constants: { ROWS: block.count, WIDTH: F, ...spread.constants },
      bindings: [rows(u, block), gateBias, magnitudeBias, magnitudeLogScale, rows(f, block)],
      groups: spread.groups,
      cost: gateCost.gate({ B: block.count, F }),
    });
  }
  return f;
}

/** How far the gates of u (B,F) are open: ReLU(u + gateBias). */
export function openGates(p: ProgramBuilder, u: Value, gateBias: Value): Value {
  const g = p.temporary('gates', u.shape);
  const { B, F } = bindDimensions('openGates', { u: ['B', 'F'], gateBias: ['F'] }, { u, gateBias });
  for (const block of rowBlocks(p.gpu, [u], 1, gateCost.open({ B, F }))) {
    const spread = spreadRows(p.gpu, block.count, F);
    p.dispatch({
      kernel: forWidth(OPEN, F),
      constants: { ROWS: block.count, WIDTH: F, ...spread.constants },
      bindings: [rows(u, block), gateBias, rows(g, block)],
      groups: spread.groups,
      cost: gateCost.open({ B: block.count, F }),
    });
  }
  return g;
}

/** h (B,F) · exp(magnitudeLogScale), in place and at the marked entries alone. */
export function scaleByMagnitude(
  p: ProgramBuilder,
  h: Value,
  mask: ActiveMask,
  magnitudeLogScale: Value,
): void {
  const { B, F } = bindDimensions(
    'scaleByMagnitude',
    { h: ['B', 'F'], magnitudeLogScale: ['F'] },
    { h, magnitudeLogScale },
  );
  const work = gateCost.scale({ B, F, active: reckonedEntries({ B, F }) });
  for (const block of rowBlocks(p.gpu, [h], 32, work)) {
    const share = block.count / B;
    p.dispatch({
      kernel: SCALE,
      constants: { FEATURES: F, SUMMARIES: mask.columnSummaries },
      bindings: [mask.columns, magnitudeLogScale, rows(h, block)],
      groups: Math.ceil(F / 64),
      sizes: wordsHere(block),
      cost: {
        entries: entriesOfColumns(mask),
        of: (active) => gateCost.scale({ B: block.count, F, active: active * share }),
      },
    });
  }
}

/**
 * What a gated unit's sums over a batch say of its parameters; all (F).
 *
 * @param sumH Σ h, the gradient by the magnitude's pre-activation where f > 0: also that of magnitudeBias
 * @param sumFH Σ f·h
 * @param sumK Σ of the gradient by the gate: also that of gateBias
 * @returns dLogScale, the gradient of magnitudeLogScale, and through, Σ of the gradient by u
 */
export function gateGradients(
  p: ProgramBuilder,
  sumH: Value,
  sumFH: Value,
  sumK: Value,
  { magnitudeBias, magnitudeLogScale }: GateParameters,
): { dLogScale: Value; through: Value } {
  const operands = { sumH, sumFH, sumK, magnitudeBias, magnitudeLogScale };
  const axes = Object.fromEntries(Object.keys(operands).map((name) => [name, ['F']]));
  const F = bindDimensions('gateGradients', axes, operands)['F']!;
  const dLogScale = p.temporary('dmagnitudeLogScale', [F]);
  const through = p.temporary('Σ du', [F]);
  p.dispatch({
    kernel: GRADIENTS,
    constants: { COUNT: F },
    bindings: [sumH, sumFH, sumK, magnitudeBias, magnitudeLogScale, dLogScale, through],
    groups: Math.ceil(F / 64),
    cost: gateCost.gradients({ F }),
  });
  return { dLogScale, through };
}
