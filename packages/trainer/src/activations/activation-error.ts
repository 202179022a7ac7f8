/** Activations are none that a dictionary can be trained on; the message says what to do. */
export class ActivationError extends Error {
  override name = 'ActivationError';
}
