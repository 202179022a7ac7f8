/** A language model cannot be asked; the message is one sentence for the user. */
export class ExplainerError extends Error {
  override name = 'ExplainerError';
}
