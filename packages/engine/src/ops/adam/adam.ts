import type { Gpu } from '../../device/gpu.ts';
import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import { flat, rowBlocks, rows } from '../../program/rows.ts';
import { spreadElements } from '../../program/spread.ts';
import type { Scalar, Value } from '../../program/value.ts';
import { bindDimensions, sizeOf } from '../../tensor/shape.ts';
import { createTensor, type Tensor } from '../../tensor/tensor.ts';

const KERNEL: Kernel = { label: 'adam', source: new URL('./adam.wgsl', import.meta.url) };

/** What of Adam does not change from step to step; epsilon is added to the root of the second moment (Kingma and Ba 2015). */
export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** The two running moments of one parameter, of its shape. */
export interface Moments {
  readonly first: Tensor;
  readonly second: Tensor;
}

/** Moments of a parameter that has made no step: zeros. @throws {DeviceError} see createTensor */
export function createMoments(gpu: Gpu, parameter: Tensor): Moments {
  return {
    first: createTensor(gpu, `${parameter.label} first moment`, parameter.shape),
    second: createTensor(gpu, `${parameter.label} second moment`, parameter.shape),
  };
}

/** The scalars of a program with Adam steps in it, for run number `step`, which counts from 1. */
export function adamScalars(
  options: AdamOptions,
  step: number,
  learningRate: number,
): Record<string, number> {
  return {
    learningRate,
    adamCorrection1: 1 / (1 - options.beta1 ** step),
    adamCorrection2: 1 / (1 - options.beta2 ** step),
  };
}

/** The options and the scalars of adamScalars, as override constants. */
export function adamConstants(p: ProgramBuilder, options: AdamOptions): Record<string, number | Scalar> {
  return {
    BETA1: options.beta1,
    BETA2: options.beta2,
    COMPLEMENT1: 1 - options.beta1,
    COMPLEMENT2: 1 - options.beta2,
    EPSILON: options.epsilon,
    RATE_SLOT: p.scalar('learningRate'),
    CORRECTION1_SLOT: p.scalar('adamCorrection1'),
    CORRECTION2_SLOT: p.scalar('adamCorrection2'),
  };
}

/** Seven operations for the moments, seven for the step; parameter and moments are read and written. */
export const adamCost = ({ N }: { N: number }): Work => ({ flops: 14 * N, bytes: bytesOf(7 * N) });

/**
 * Records one Adam step of a parameter, in place; run the program with adamScalars.
 *
 * @param clip a scalar of the program that the gradient is multiplied by before Adam sees it; see clipGradients
 * @param rateFactor times the learning rate is this parameter's
 */
export function adam(
  p: ProgramBuilder,
  parameter: Value,
  gradient: Value,
  moments: Moments,
  options: AdamOptions,
  clip: Scalar | null = null,
  rateFactor = 1,
): void {
  const names = parameter.shape.map((_, axis) => `axis${axis}`);
  const [first, second] = [p.persistent(moments.first), p.persistent(moments.second)];
  bindDimensions(
    'adam',
    { parameter: names, gradient: names, first: names, second: names },
    { parameter, gradient, first, second },
  );
  const values = [gradient, parameter, first, second];
  for (const block of rowBlocks(p.gpu, [flat(parameter)], 1, adamCost({ N: sizeOf(parameter.shape) }))) {
    const count = Math.ceil(block.count / 4);
    const spread = spreadElements(p.gpu, count);
    p.dispatch({
      kernel: KERNEL,
      constants: {
        COUNT: count,
        ...spread.constants,
        CLIPPED: clip === null ? 0 : 1,
        CLIP_SLOT: clip ?? 0,
        RATE_FACTOR: rateFactor,
        ...adamConstants(p, options),
      },
      bindings: [...values.map((value) => rows(flat(value), block)), p.scalars],
      groups: spread.groups,
      cost: adamCost({ N: block.count }),
    });
  }
}
