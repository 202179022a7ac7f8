/** How near two points of a layout count as, by their distance: 1/(1 + a·d^2b). */
export interface LayoutCurve {
  readonly a: number;
  readonly b: number;
}

/** Distances at which the curve is fitted, up to three times the distance at which nearness falls to 1/e. */
const SAMPLES = 300;
const FARTHEST = 3;
const MOST_STEPS = 100;

/** What the curve is to be: 1 up to minDist, and then an exponential. */
export function wantedNearness(distance: number, minDist: number): number {
  return distance <= minDist ? 1 : Math.exp(minDist - distance);
}

/** The distances (S) that the curve is fitted at. */
export const fittedDistances = (): number[] =>
  Array.from({ length: SAMPLES }, (_, i) => (FARTHEST * i) / (SAMPLES - 1));

/** The curve nearest to what is wanted, by least squares (Levenberg and Marquardt). */
export function layoutCurve(minDist: number): LayoutCurve {
  const distances = fittedDistances();
  const missed = ({ a, b }: LayoutCurve): number =>
    distances.reduce((sum, d) => sum + (1 / (1 + a * d ** (2 * b)) - wantedNearness(d, minDist)) ** 2, 0);
  let [curve, damping] = [{ a: 1, b: 1 }, 1e-3];
  let best = missed(curve);
  for (let step = 0; step < MOST_STEPS; step++) {
    let [aa, ab, bb, ra, rb] = [0, 0, 0, 0, 0];
    for (const d of distances) {
      if (d === 0) continue;
      const power = d ** (2 * curve.b);
      const near = 1 / (1 + curve.a * power);
      const residual = near - wantedNearness(d, minDist);
      const byA = -near * near * power;
      const byB = byA * curve.a * 2 * Math.log(d);
      aa += byA * byA;
      ab += byA * byB;
      bb += byB * byB;
      ra += byA * residual;
      rb += byB * residual;
    }
    const [da, db] = [aa * (1 + damping), bb * (1 + damping)];
    const determinant = da * db - ab * ab;
    const next = {
      a: curve.a - (db * ra - ab * rb) / determinant,
      b: curve.b - (da * rb - ab * ra) / determinant,
    };
    const after = next.a > 0 && next.b > 0 ? missed(next) : Infinity;
    const gained = best - after;
    if (gained > 0) [curve, best] = [next, after];
    damping *= gained > 0 ? 0.1 : 10;
    if (Math.abs(gained) < 1e-15) break;
  }
  return curve;
}
