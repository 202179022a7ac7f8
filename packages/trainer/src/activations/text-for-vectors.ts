import type { Study } from '../config/schema.ts';
import { CorpusError } from '../text/corpus-error.ts';

/** How many vectors that are used once each so many contexts of a length give. */
export function vectorsOf(contexts: number, length: number, positionsPerContext: number): number {
  return contexts * Math.floor(length / positionsPerContext) * positionsPerContext;
}

/** Vectors that the dictionaries of a model take from the text: those that they train on, and a full buffer. */
export function vectorsNeeded({ vectors, batch, bufferVectors }: Study['dictionaries']): number {
  return Math.max(1, Math.round(vectors / batch)) * batch + bufferVectors;
}

/**
 * Looks whether the training text has as many vectors as the dictionaries need: it is known before a model has been
 * trained, which may take days, that it will not do for what comes after.
 *
 * @throws {CorpusError} if it has fewer
 */
export function checkText({ transformer, dictionaries }: Study, trainTokens: number): void {
  const inFiles = new Set(dictionaries.shards.map(({ model }) => model));
  const trained = dictionaries.list.find(({ id }) => !inFiles.has(id.charAt(0)));
  if (trained === undefined) return;
  const contexts = Math.floor((trainTokens - 1) / transformer.context);
  const given = vectorsOf(contexts, transformer.context, dictionaries.positionsPerContext);
  const needed = vectorsNeeded(dictionaries);
  if (given < needed)
    throw new CorpusError(
      `train-dictionary ${trained.id.charAt(0)}: expected text for ${needed} vectors used once each, got ${given} of ${trainTokens} training tokens; lower dictionaries.vectors or dictionaries.bufferVectors, raise dictionaries.positionsPerContext, or add text`,
    );
}
