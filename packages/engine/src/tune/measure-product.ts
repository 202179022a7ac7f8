import type { Gpu } from '../device/gpu.ts';
import { candidates } from '../ops/matmul/families.ts';
import type { MatmulProblem } from '../ops/matmul/problem.ts';
import { measureKernels } from './measure-kernels.ts';
import { shapeClass } from './shape-class.ts';

/** Measures the kernels for a product's class, and has the device's tuning choose by that. */
export async function learnKernels(gpu: Gpu, problem: MatmulProblem): Promise<void> {
  const measurement = await measureKernels(gpu, problem, (product) => candidates(gpu, product));
  gpu.tuning.learn(shapeClass(problem), measurement);
}

/**
 * Measures the kernels of a product as building a program of it would: where the device's tuning has no choice for
 * its class yet, and is to measure.
 *
 * @param product as the tuning of a device with the same limits met it
 * @returns the class, and the kernel for it
 */
export async function measureProduct(
  gpu: Gpu,
  product: MatmulProblem,
): Promise<{ readonly shape: string; readonly kernel: string }> {
  const shape = shapeClass(product);
  const names = candidates(gpu, product).map(({ name }) => name);
  if (gpu.tuning.choose(shape, names) === null) await learnKernels(gpu, product);
  return { shape, kernel: gpu.tuning.choose(shape, names) ?? names[0]! };
}
