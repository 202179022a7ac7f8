import type { LogitFall } from './linearity.ts';

/** What the linear approximation of one direction is made of, at one place. */
export interface FallParts {
  /** (D) the stream before the final LayerNorm. */
  readonly stream: Float32Array;
  /** (D) what the feature writes there when its activation is 1, of mean 0. */
  readonly direction: Float32Array;
  /** (D) the row of the folded unembedding that belongs to the token. */
  readonly token: Float32Array;
  readonly activation: number;
  /** What the final LayerNorm multiplies by, on average. */
  readonly meanScale: number;
  readonly epsilon: number;
}

/**
 * What is expected of the logit of a token when a feature is removed, beside what was measured.
 *
 * The logit is ρ·(x·t) with ρ = 1/sqrt(var(x) + ε). With u taken away a times, ρ held, it falls by ρ·a·(u·t); to first
 * order ρ answers too, and it falls by a·(ρ·(u·t) - ρ³·(u·x)/D·(x·t)).
 */
export function logitFall(parts: FallParts, measured: number): LogitFall {
  const { stream, direction, token, activation, meanScale, epsilon } = parts;
  const width = stream.length;
  const mean = stream.reduce((sum, value) => sum + value, 0) / width;
  let [squares, along, weight, logit] = [0, 0, 0, 0];
  for (let d = 0; d < width; d++) {
    const x = stream[d]! - mean;
    squares += x * x;
    along += x * direction[d]!;
    weight += direction[d]! * token[d]!;
    logit += x * token[d]!;
  }
  const scale = 1 / Math.sqrt(squares / width + epsilon);
  return {
    expected: activation * weight * meanScale,
    atScale: activation * weight * scale,
    firstOrder: activation * (weight * scale - (scale ** 3 * along * logit) / width),
    measured,
  };
}
