import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { checkStudy } from '../config/check-study.ts';
import { ARCHITECTURES, type StudyDictionary } from '../config/schema.ts';
import { countedParts, withParts } from './document.ts';
import { dictionaryJob, harvestJob, modelJob } from './stages.ts';

const A = 512;

/** A dictionary as a study has it, of any architecture. */
function itemOf(architecture: (typeof ARCHITECTURES)[number], expansion: number): StudyDictionary {
  const own = {
    paper: { l1Coefficient: 2 },
    'april-2024': { l1Coefficient: 2 },
    gated: { l1Coefficient: 2 },
    jumprelu: { l0Coefficient: 1 },
    topk: { k: 32 },
    batchtopk: { k: 32 },
    matryoshka: { k: 32 },
  }[architecture];
  const study = checkStudy({
    name: 'counted',
    corpus: { path: 'text' },
    transformer: { dMlp: A },
    dictionaries: { list: [{ id: 'A/1', expansion, architecture, ...own }] },
  });
  return study.dictionaries.list[0]!;
}

const sizes = (batch: number) => ({ width: A, batch, vectors: batch, l0: 32 });

describe.each(ARCHITECTURES)('a dictionary of architecture %s', (architecture) => {
  test('takes memory that does not grow with features times vectors', async () => {
    const wide = itemOf(architecture, 256);
    const [few, many] = [await dictionaryJob(wide, sizes(1024)), await dictionaryJob(wide, sizes(8192))];
    // What a step keeps of each vector is some rows of A: inputs, reconstructions, residuals, of each prefix and of AuxK.
    expect(many.memory - few.memory).toBeLessThan(7168 * A * 4 * 16);
    // Parameters, moments and gradients are eight matrices, and a block's activations with all that is made of them six.
    const matrix = 131_072 * A * 4;
    expect(many.memory).toBeLessThan(9 * matrix + 8 * 2 ** 27 + 8192 * A * 4 * 16);
  });

  test('costs no more than in proportion to its features', async () => {
    const jobs = [];
    for (const expansion of [8, 32, 128, 256])
      jobs.push(await dictionaryJob(itemOf(architecture, expansion), sizes(8192)));
    const [first, ...wider] = jobs;
    wider.forEach(({ work }, i) => {
      // A batch in blocks is encoded twice where its code depends on all of it; that of the narrowest is in one.
      const passes = architecture === 'batchtopk' || architecture === 'matryoshka' ? 2 : 1;
      expect(work.flops / first!.work.flops).toBeLessThan([4, 16, 32][i]! * passes);
    });
  });
});

test('a step of the paper costs one product, what active entries need, and Adam', async () => {
  const [batch, features, l0] = [1024, 4096, 32];
  const { work } = await dictionaryJob(itemOf('paper', 8), { ...sizes(batch), l0 });
  const product = 2 * batch * A * features;
  const entries = 8 * batch * l0 * A; // decoding, d · w, and two gathered gradients
  const adam = 2 * 16 * features * A;
  expect(work.flops).toBeGreaterThan(product + entries + adam);
  expect(work.flops).toBeLessThan(1.01 * (product + entries + adam) + 8 * features * A + 8 * batch * A);
});

const CONFIG = {
  layers: 1,
  dModel: 128,
  heads: 4,
  dMlp: 512,
  context: 256,
  vocabulary: 8192,
  activation: 'relu',
  layerNormEpsilon: 1e-5,
  tied: false,
} as const;

test('a step of the model costs what its products do, and little besides', async () => {
  const { work } = await modelJob(CONFIG, 16, 1);
  const tokens = 16 * 256;
  const products = 128 * (4 * 128 + 2 * 512 + 8192) + 2 * 128 * 256; // of weights, and of attention
  expect(work.flops).toBeGreaterThan(6 * tokens * products);
  // Logits are computed once more for their gradient where a part of the vocabulary is taken at a time.
  expect(work.flops).toBeLessThan(1.5 * 6 * tokens * products);
});

test('harvesting costs a part of the forward pass: up to the activations, without logits', async () => {
  const site = { name: 'mlp-activations', layer: 0 } as const;
  const { work, runs } = await harvestJob(CONFIG, site, { contexts: 16, positions: 250, vectors: 8000 });
  expect(runs).toBe(2);
  const tokens = 16 * 256;
  const products = 128 * (4 * 128 + 512) + 2 * 128 * 256;
  expect(work.flops).toBeGreaterThan(2 * tokens * products);
  expect(work.flops).toBeLessThan(1.3 * 2 * tokens * products);
});

test('docs/scale.md says what is counted and measured', async () => {
  const document = await readFile(new URL('../../../../docs/scale.md', import.meta.url), 'utf8');
  // Formatting pads the cells of tables.
  const plain = (text: string): string => text.replaceAll(/ +/g, ' ').replaceAll(/-{2,}/g, '--');
  const written = withParts(document, await countedParts());
  expect(plain(document), 'run node packages/trainer/src/scale/write-document.ts').toBe(plain(written));
});
