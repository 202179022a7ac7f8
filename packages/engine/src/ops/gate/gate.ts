import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions, sizeOf } from '../../tensor/shape.ts';

const KERNEL: Kernel = { label: 'gate', source: new URL('./gate.wgsl', import.meta.url) };

/** What a gated unit has of its own; all (F). */
export interface GateParameters {
  readonly gateBias: Value;
  readonly magnitudeBias: Value;
  /** Logarithm of the factor that the magnitude's pre-activation has over the gate's. */
  readonly magnitudeLogScale: Value;
}

/** A feature: its scale's exponential. An element: u + gateBias, and the magnitude's multiply-add. */
export const gateCost = ({ B, F, gates }: { B: number; F: number; gates: boolean }): Work => ({
  flops: 3 * B * F + F,
  bytes: bytesOf((gates ? 3 : 2) * B * F, 3 * F),
});

/**
 * Gated activations of u (B,F): ReLU(exp(magnitudeLogScale) · u + magnitudeBias) where the gate u + gateBias is open,
 * that is above 0, and 0 elsewhere (Rajamanoharan et al. 2024, Improving dictionary learning with gated sparse
 * autoencoders, equation 5).
 *
 * @param gates whether the rectified gates ReLU(u + gateBias) follow as rows B to 2B
 * @returns (B,F), or (2B,F) with the gates
 */
export function gate(p: ProgramBuilder, u: Value, parameters: GateParameters, gates: boolean): Value {
  const { B, F } = bindDimensions(
    'gate',
    { u: ['B', 'F'], gateBias: ['F'], magnitudeBias: ['F'], magnitudeLogScale: ['F'] },
    { u, ...parameters },
  );
  const f = p.temporary('f', [gates ? 2 * B : B, F]);
  const count = sizeOf(u.shape);
  const { gateBias, magnitudeBias, magnitudeLogScale } = parameters;
  p.dispatch({
    kernel: KERNEL,
    constants: { COUNT: count, FEATURES: F, GATES: gates ? 1 : 0 },
    bindings: [u, gateBias, magnitudeBias, magnitudeLogScale, f],
    groups: Math.ceil(count / 64),
    cost: gateCost({ B, F, gates }),
  });
  return f;
}
