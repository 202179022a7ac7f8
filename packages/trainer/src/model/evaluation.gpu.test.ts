import { openDevice, ProgramBuilder, readTensor, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { normals, uniforms } from '../random/seeded.ts';
import { Contexts } from '../tokens/contexts.ts';
import { SpacedContexts } from '../tokens/spaced-contexts.ts';
import { evaluateLoss } from './evaluation.ts';
import { parameterShapes, type TransformerConfig } from './parameters.ts';
import { createBatch, setBatch, uploadParameters, type Parameters } from './training-program.ts';
import { forward, logits } from './transformer.ts';

const config: TransformerConfig = {
  layers: 1,
  dModel: 8,
  heads: 2,
  dMlp: 12,
  context: 7,
  vocabulary: 23,
  activation: 'relu',
  layerNormEpsilon: 1e-5,
  tied: false,
};
const COUNT = 37;

const uniform = uniforms(1);
const tokens = Uint32Array.from({ length: COUNT * config.context + 1 }, () =>
  Math.floor(uniform() * config.vocabulary),
);
const contexts = new Contexts(
  { length: tokens.length, read: (start, count) => tokens.slice(start, start + count) },
  config.context,
  'text',
);

let gpu: Gpu;
let parameters: Parameters;
beforeAll(async () => {
  gpu = await openDevice();
  const shapes = parameterShapes(config);
  const normal = normals(2);
  // Far from the start of training, so that losses differ by context.
  parameters = uploadParameters(gpu, config, (name) =>
    Float32Array.from({ length: shapes.get(name)!.reduce((product, extent) => product * extent, 1) }, () =>
      normal(),
    ),
  );
});
afterAll(() => gpu.close());

/** Mean cross-entropy of each context, in float64 from the model's logits. */
async function lossesByHand(): Promise<number[]> {
  const { context: T, vocabulary: V } = config;
  const batch = createBatch(gpu, 16, T, V);
  const p = new ProgramBuilder(gpu, 'logits');
  const values = new Map([...parameters].map(([name, tensor]) => [name, p.persistent(tensor)]));
  const batchTokens = { tokens: p.persistent(batch.tokens), order: null, starts: null, context: T };
  const out = p.output(logits(p, forward(p, values, batchTokens, config).residual, values, config));
  const program = await p.build();
  const losses: number[] = [];
  for (let first = 0; first < COUNT; first += 16) {
    const indices = Array.from({ length: 16 }, (_, i) => (first + i) % COUNT);
    setBatch(gpu, batch, contexts.readBatch(indices));
    await program.run();
    const predicted = await readTensor(gpu, out);
    for (const [row, index] of indices.entries()) {
      losses[index] = lossOf(
        predicted.subarray(row * T * V, (row + 1) * T * V),
        tokens.subarray(index * T + 1, (index + 1) * T + 1),
      );
    }
  }
  program.destroy();
  return losses;
}

function lossOf(logits: Float32Array, targets: Uint32Array): number {
  const width = logits.length / targets.length;
  let sum = 0;
  targets.forEach((target, t) => {
    const row = Float64Array.from(logits.subarray(t * width, (t + 1) * width));
    sum += Math.log(row.reduce((total, logit) => total + Math.exp(logit), 0)) - row[target]!;
  });
  return sum / targets.length;
}

it('is the mean over whole batches of contexts that are spaced over all of the text', async () => {
  const losses = await lossesByHand();
  const spaced = (count: number) => new SpacedContexts(contexts, count * config.context);
  // A text lies in the order of its files: its first contexts would be but a domain or two.
  const mean = (asked: number, used: number): number =>
    Array.from({ length: used }, (_, i) => losses[Math.floor((i * COUNT) / asked)]!).reduce(
      (sum, loss) => sum + loss / used,
      0,
    );
  for (const [asked, used] of [
    [5, 5],
    [16, 16],
    [COUNT, 32],
  ] as const) {
    const { loss, tokens: counted } = await evaluateLoss(
      gpu,
      config,
      parameters,
      spaced(asked),
      new AbortController().signal,
    );
    expect(counted).toBe(used * config.context);
    expect(Math.abs(loss / mean(asked, used) - 1)).toBeLessThan(1e-6);
  }
  // So a wrong choice of contexts would show.
  const first = losses.slice(0, 16).reduce((sum, loss) => sum + loss / 16, 0);
  expect(Math.abs(mean(16, 16) / first - 1)).toBeGreaterThan(1e-3);
});

it('stops when asked to', async () => {
  const controller = new AbortController();
  controller.abort(new Error('enough'));
  await expect(
    evaluateLoss(
      gpu,
      config,
      parameters,
      new SpacedContexts(contexts, 16 * config.context),
      controller.signal,
    ),
  ).rejects.toThrow('enough');
});
