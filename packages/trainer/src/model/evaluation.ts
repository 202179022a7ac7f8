import { mean, ProgramBuilder, readTensor, type Gpu } from '@monosema/engine';
import type { SpacedContexts } from '../tokens/spaced-contexts.ts';
import type { TransformerConfig } from './parameters.ts';
import { createTokens, setTokens, type Parameters } from './training-program.ts';
import { forward, tokenLosses } from './transformer.ts';

/** Bytes that the logits of a batch would take at most; at least one context is taken at a time. */
const LOGIT_BYTES = 2 ** 26;

/**
 * Mean cross-entropy in nats a token.
 *
 * @param contexts of which the last, partial batch is left out unless it is the only one
 */
export async function evaluateLoss(
  gpu: Gpu,
  config: TransformerConfig,
  parameters: Parameters,
  contexts: SpacedContexts,
  signal: AbortSignal,
): Promise<{ loss: number; tokens: number }> {
  const { length, count } = contexts;
  const batchContexts = Math.max(
    1,
    Math.min(16, count, Math.floor(LOGIT_BYTES / (4 * length * config.vocabulary))),
  );
  const batch = createTokens(gpu, batchContexts, length);
  const p = new ProgramBuilder(gpu, 'evaluate-model');
  const values = new Map([...parameters].map(([name, tensor]) => [name, p.persistent(tensor)]));
  const pass = forward(
    p,
    values,
    { tokens: p.persistent(batch.tokens), order: null, starts: null, context: length },
    config,
  );
  const rows = tokenLosses(p, pass.residual, values, config, p.persistent(batch.targets));
  const loss = p.output(p.apply(mean, { x: rows }, {}));
  const program = await p.build();
  let sum = 0;
  const batches = Math.floor(count / batchContexts);
  for (let b = 0; b < batches; b++) {
    signal.throwIfAborted();
    setTokens(
      gpu,
      batch,
      contexts.readBatch(Array.from({ length: batchContexts }, (_, i) => b * batchContexts + i)),
    );
    await program.run();
    sum += (await readTensor(gpu, loss))[0]!;
  }
  program.destroy();
  return { loss: sum / batches, tokens: batches * batchContexts * length };
}
