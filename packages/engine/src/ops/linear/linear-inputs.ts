import { sample, type SeededRandom } from '../../testing/random.ts';

/**
 * Inputs of a linear op whose outputs before a ReLU stay away from its kink, at either side of it: each row of x has
 * one sign and each column of w has one, so that a sum has no cancellation and is at least D/4 from zero, and a bias
 * of at most 0.1 cannot bring it there.
 */
export function linearInputs(random: SeededRandom, rows: number, inputs: number, outputs: number) {
  const rowSigns = Array.from({ length: rows }, random.sign);
  const columnSigns = Array.from({ length: outputs }, random.sign);
  return {
    x: sample([rows, inputs], (index) => rowSigns[Math.floor(index / inputs)]! * random.uniform(0.5, 1.5)),
    w: sample([inputs, outputs], (index) => columnSigns[index % outputs]! * random.uniform(0.5, 1.5)),
    b: sample([outputs], () => random.uniform(-0.1, 0.1)),
  };
}
