/** Losses in nats a token, over the same held-out tokens. */
interface Losses {
  /** Of the model. */
  readonly model: number;
  /** Of the frequencies of tokens. */
  readonly unigram: number;
}

/**
 * What is said of a model that predicts no better than the frequencies of tokens do: whatever is found in it, it is
 * nothing that the model knows of text. Null of any other.
 *
 * @param remedy what to do, to end the sentence
 */
export function predictsLittle(letter: string, { model, unigram }: Losses, remedy: string): string | null {
  if (model < unigram) return null;
  return (
    `train-model ${letter}: expected a validation loss below the unigram's ${unigram.toFixed(3)}, got ${model.toFixed(3)}; ` +
    `the model predicts no better than the frequencies of tokens do, and its features will say little: ${remedy}`
  );
}
