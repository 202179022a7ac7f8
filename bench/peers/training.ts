/** What the training steps of all libraries have in common. */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
export const LEARNING_RATE = 1e-3;
/** Of a sparse dictionary: so small that its L0 stays what it was through all the steps that are timed. */
export const SPARSE_LEARNING_RATE = 1e-6;
/** Features of a sparse dictionary that are active on a vector, about. */
export const ACTIVE = 32;
/** So many hold the active ones of every vector of a sparse dictionary, for libraries that gather a fixed number. */
export const MOST_ACTIVE = 2 * ACTIVE;
/** λ of the dictionary's L1 penalty. */
export const PENALTY = 0.1;
export const LAYERNORM_EPSILON = 1e-5;

/** Adam's bias corrections 1/(1-β^t) for step t, counted from 1. */
export function corrections(step: number): [number, number] {
  return [1 / (1 - ADAM.beta1 ** step), 1 / (1 - ADAM.beta2 ** step)];
}
