import type { Shape } from '../tensor/shape.ts';
import { sample, type Sample, type SeededRandom } from './random.ts';

/**
 * A matrix of which about a fifth is positive and the rest zero or negative. Positive entries are at least 0.1, away
 * from the kink at zero, and every seventh row is empty.
 */
export function sparseSample(random: SeededRandom, shape: Shape): Sample {
  const columns = shape.at(-1)!;
  return sample(shape, (index) => {
    const row = Math.floor(index / columns);
    if (row % 7 === 6 || random.uniform(0, 1) > 0.2)
      return random.uniform(0, 1) < 0.5 ? 0 : random.uniform(-2, -0.1);
    return random.uniform(0.1, 2);
  });
}
