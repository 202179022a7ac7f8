import { uniforms } from '../random/seeded.ts';

/**
 * A shuffled order of a context's positions, decided by the seed and the context. Taking K of them at a time, from
 * the front, gives random positions of which none comes twice.
 *
 * @param length T
 */
export function positionsOf(length: number, seed: number, context: number): Uint32Array {
  const positions = Uint32Array.from({ length }, (_, t) => t);
  const uniform = uniforms(seed, context, length);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [positions[i], positions[j]] = [positions[j]!, positions[i]!];
  }
  return positions;
}
