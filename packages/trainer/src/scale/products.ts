import { matmul, ProgramBuilder, Tuning, type Gpu, type MatmulProblem } from '@monosema/engine';
import { ActivationShards } from '../activations/activation-shards.ts';
import type { Study } from '../config/schema.ts';
import { siteOf, siteWidth } from '../model/sites.ts';
import { recordedGpu, type RecordedGpu } from './recorded-gpu.ts';
import {
  CONTEXTS,
  dictionaryJob,
  ENCODED,
  entriesJob,
  harvestJob,
  modelJob,
  transformerOf,
} from './stages.ts';

/** Sizes (M,K,N) of products that say what an adapter can do: a batch against a wide layer, and against a wider one. */
export const USUAL_SIZES = [
  [1024, 512, 2048],
  [256, 512, 4096],
] as const;

/** Products of USUAL_SIZES, with neither, either and both operands transposed. */
export function usualProducts(gpu: Gpu): MatmulProblem[] {
  const { products, open } = collecting(gpu);
  const p = new ProgramBuilder(open().gpu, 'usual products');
  for (const [m, k, n] of USUAL_SIZES)
    for (const transposeLeft of [false, true])
      for (const transposeRight of [false, true]) {
        const left = p.temporary('left', transposeLeft ? [k, m] : [m, k]);
        const right = p.temporary('right', transposeRight ? [n, k] : [k, n]);
        matmul(p, left, right, { transposeLeft, transposeRight });
      }
  return products;
}

/**
 * The products that a study's models and dictionaries train with, and those with which activations are harvested and
 * encoded: of its own programs, recorded and not run. Nothing of it is allocated.
 */
export async function productsOf(study: Study, gpu: Gpu): Promise<MatmulProblem[]> {
  const { products, open } = collecting(gpu);
  const config = transformerOf(study);
  const { transformer, dictionaries } = study;
  const { batch, vectors, positionsPerContext: positions, shards } = dictionaries;
  const site = siteOf(dictionaries);
  const widths = new Map(shards.map(({ model, path }) => [model, widthOfShards(path)]));
  if (transformer.models.some((model) => !widths.has(model))) {
    if (transformer.import === null)
      await modelJob(config, transformer.batchContexts, transformer.tokens, 'train the model', open());
    await harvestJob(config, site, { contexts: CONTEXTS, positions, vectors }, open());
  }
  for (const item of dictionaries.list) {
    const width = widths.get(item.id.charAt(0)) ?? siteWidth(config, site);
    await dictionaryJob(item, { width, vectors, l0: 1, batch }, open());
    await entriesJob(item, { width, vectors, l0: 1, batch: ENCODED }, open());
  }
  return products;
}

function widthOfShards(path: string): number {
  using shards = ActivationShards.open(path);
  return shards.width;
}

/** GPUs like one, on which whatever is recorded leaves its products in one list. */
function collecting(like: Gpu): { readonly products: MatmulProblem[]; readonly open: () => RecordedGpu } {
  const products: MatmulProblem[] = [];
  const open = (): RecordedGpu => {
    const recorded = recordedGpu(like);
    recorded.gpu.tuning = new Tuning({ met: (product) => void products.push(product) });
    return recorded;
  };
  return { products, open };
}
