import { describeChoice, measureProduct, openTuning, tuneFile, type Gpu } from '@monosema/engine';
import type { Study } from '../config/schema.ts';
import { productsOf, USUAL_SIZES, usualProducts } from '../scale/products.ts';
import type { Effects } from './effects.ts';

/**
 * Measures kernels for the products of a study, or for the usual ones, and prints for every class of products which
 * won and by how much.
 *
 * @param study null for the usual products
 */
export async function measureKernels(
  gpu: Gpu,
  study: Study | null,
  effects: Effects,
  { json, say }: { readonly json: boolean; readonly say: (line: string) => void },
): Promise<void> {
  const started = effects.now();
  gpu.tuning = openTuning(gpu, {
    mode: 'full',
    pinned: study?.kernels ?? {},
    say,
    // They are printed below, with those that were measured before.
    measured: () => {},
  });
  const products = study === null ? usualProducts(gpu) : await productsOf(study, gpu);
  const sizes = USUAL_SIZES.map((size) => size.join(' x ')).join(' and ');
  say(
    study === null
      ? `kernels: measuring products of ${sizes} (M x K x N), either side transposed; --study measures those of a study`
      : `kernels: measuring the products of ${study.name}`,
  );
  const seen = new Set<string>();
  let others = 0;
  for (const product of products) {
    effects.signal.throwIfAborted();
    const { shape, kernel } = await measureProduct(gpu, product);
    if (seen.has(shape)) continue;
    seen.add(shape);
    const measurement = gpu.tuning.learned[shape] ?? null;
    if (measurement !== null && measurement.choice !== measurement.suggested) others++;
    const words =
      measurement === null ? `${kernel}, ${whyNotMeasured(study, shape)}` : describeChoice(measurement);
    effects.out(
      json ? `${JSON.stringify({ products: shape, kernel, measurement })}\n` : `  ${shape}\n    ${words}\n`,
    );
  }
  const measured = Object.keys(gpu.tuning.learned).length;
  const seconds = ((effects.now() - started) / 1000).toFixed(0);
  say(
    `kernels: ${measured} of ${seen.size} classes of products measured in ${seconds} s, for ${others} another kernel than the adapter's class suggests; kept in ${tuneFile()}`,
  );
}

function whyNotMeasured(study: Study | null, shape: string): string {
  return study?.kernels[shape] === undefined ? 'measured before, or the only one' : 'pinned by the study';
}
