/** What the training steps of all libraries have in common. */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
export const LEARNING_RATE = 1e-3;
/** λ of the dictionary's L1 penalty. */
export const PENALTY = 0.1;
export const LAYERNORM_EPSILON = 1e-5;

/** Adam's bias corrections 1/(1-β^t) for step t, counted from 1. */
export function corrections(step: number): [number, number] {
  return [1 / (1 - ADAM.beta1 ** step), 1 / (1 - ADAM.beta2 ** step)];
}
