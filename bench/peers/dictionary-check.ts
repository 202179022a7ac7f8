import { both, entries, type Check } from './check.ts';
import { inputsOf } from './inputs.ts';
import type { Problem } from './problem.ts';
import { ACTIVE, ADAM, MOST_ACTIVE, PENALTY } from './training.ts';

const FEATURES_CHECKED = 24;
const COLUMNS_CHECKED = 7;
/** Rounding of a pre-activation in float32: closer to zero, a feature may be active in one library and not in another. */
const ROUNDING = 2e-6;

/**
 * The step that all libraries take, in float64:
 * f = ReLU((x - b_dec)·encoderᵀ + b_enc); x̂ = f·decoder + b_dec; loss = mean_b |x - x̂|² + λ·mean_b Σf;
 * Adam on all four parameters, with the component of the decoder's gradient along its (unit) rows removed first and
 * the rows renormalised after. Checked are the loss, gradients (the first moment is a tenth of them), and unit rows.
 */
export function checkDictionary(problem: Problem): Check {
  const [rows, width, features] = problem.sizes as [number, number, number];
  const { x, encoder, encoderBias, decoder, decoderBias } = inputsOf(problem) as Record<
    'x' | 'encoder' | 'encoderBias' | 'decoder' | 'decoderBias',
    Float32Array
  >;
  const centred = Float64Array.from(x, (value, i) => value - decoderBias[i % width]!);
  const wide = { encoder: Float64Array.from(encoder), decoder: Float64Array.from(decoder) };
  const f = new Float64Array(rows * features);
  const d = new Float64Array(rows * width);
  const nearest = new Float64Array(features).fill(Infinity);
  const unsure: (readonly [number, number])[] = [];
  let loss = 0;
  const active = new Float64Array(rows);
  for (let b = 0; b < rows; b++) {
    const error = Float64Array.from({ length: width }, (_, i) => decoderBias[i]! - x[b * width + i]!);
    for (let j = 0; j < features; j++) {
      const pre = dot(centred, b * width, wide.encoder, j * width, width) + encoderBias[j]!;
      nearest[j] = Math.min(nearest[j]!, Math.abs(pre));
      if (Math.abs(pre) < ROUNDING) unsure.push([b, j]);
      if (pre <= 0) continue;
      f[b * features + j] = pre;
      active[b]! += 1;
      loss += (PENALTY * pre) / rows;
      for (let i = 0; i < width; i++) error[i]! += pre * wide.decoder[j * width + i]!;
    }
    error.forEach((value, i) => {
      loss += value ** 2 / rows;
      d[b * width + i] = (2 * value) / rows;
    });
  }
  if (problem.kind === 'sparse-dictionary') assertSparse(active);
  /** ∂loss/∂pre */
  const h = (b: number, j: number): number => (f[b * features + j]! > 0 ? slope(b, j) : 0);
  const slope = (b: number, j: number): number =>
    dot(d, b * width, wide.decoder, j * width, width) + PENALTY / rows;

  const dDecoderBias = new Float64Array(width);
  d.forEach((value, i) => (dDecoderBias[i % width]! += value));
  const dEncoderBias = new Float64Array(features);
  for (let j = 0; j < features; j++) {
    for (let b = 0; b < rows; b++) dEncoderBias[j]! += h(b, j);
    for (let i = 0; i < width; i++) dDecoderBias[i]! -= dEncoderBias[j]! * wide.encoder[j * width + i]!;
  }

  // All features meet in this gradient, those too that a library may find active or not.
  const doubt = Float64Array.from({ length: width }, (_, i) =>
    unsure.reduce((sum, [b, j]) => sum + Math.abs(slope(b, j) * wide.encoder[j * width + i]!), 0),
  );
  const safe = [...nearest.keys()].filter((j) => nearest[j]! > 1e-5).slice(0, FEATURES_CHECKED);
  if (safe.length === 0) throw new Error('dictionary: no feature stays clear of the kink; use fewer rows');
  const columns = Array.from({ length: COLUMNS_CHECKED }, (_, i) =>
    Math.floor((i * width) / COLUMNS_CHECKED),
  );
  const dEncoder = new Map<number, number>();
  const dDecoder = new Map<number, number>();
  for (const j of safe) {
    const activations = Float64Array.from({ length: rows }, (_, b) => f[b * features + j]!);
    const slopes = activations.map((_, b) => h(b, j));
    const sumOver = (weights: Float64Array, matrix: Float64Array): Float64Array =>
      Float64Array.from({ length: width }, (_, i) =>
        weights.reduce((sum, weight, b) => sum + weight * matrix[b * width + i]!, 0),
      );
    const [ofEncoder, ofDecoder] = [sumOver(slopes, centred), sumOver(activations, d)];
    const along =
      dot(ofDecoder, 0, wide.decoder, j * width, width) /
      dot(wide.decoder, j * width, wide.decoder, j * width, width);
    for (const i of columns) {
      dEncoder.set(j * width + i, ofEncoder[i]!);
      dDecoder.set(j * width + i, ofDecoder[i]! - along * wide.decoder[j * width + i]!);
    }
  }
  const gradient = (name: string, values: ReadonlyMap<number, number>, doubts?: Float64Array): Check => {
    const size = Math.sqrt([...values.values()].reduce((sum, value) => sum + value ** 2, 0) / values.size);
    return entries(`moment ${name}`, [...values.keys()], (index) => [
      (1 - ADAM.beta1) * values.get(index)!,
      (1 - ADAM.beta1) * (1e-3 * size + (doubts?.[index] ?? 0)),
    ]);
  };
  const all = (values: Float64Array): Map<number, number> => new Map(values.entries());
  return both(
    entries('loss', [0], () => [loss, 1e-4 * loss]),
    gradient('encoder', dEncoder),
    gradient('decoder', dDecoder),
    gradient('encoderBias', new Map(safe.map((j) => [j, dEncoderBias[j]!]))),
    gradient('decoderBias', all(dDecoderBias), doubt),
    unitRows(safe, width),
  );
}

/** @param active features of each vector */
function assertSparse(active: Float64Array): void {
  const l0 = active.reduce((sum, count) => sum + count, 0) / active.length;
  const most = Math.max(...active);
  if (!(Math.abs(l0 / ACTIVE - 1) < 0.15 && most <= MOST_ACTIVE))
    throw new Error(
      `sparse-dictionary: expected about ${ACTIVE} active features a vector and at most ${MOST_ACTIVE}, got ${l0} and ${most}`,
    );
}

function unitRows(rows: readonly number[], width: number): Check {
  const name = 'parameter decoder';
  return {
    wanted: { [name]: rows.flatMap((row) => Array.from({ length: width }, (_, i) => row * width + i)) },
    verify: (library, samples) => {
      rows.forEach((row, i) => {
        const norm = Math.hypot(...samples[name]!.subarray(i * width, (i + 1) * width));
        if (!(Math.abs(norm - 1) < 1e-5))
          throw new Error(`${library}: expected row ${row} of the decoder to have norm 1, got ${norm}`);
      });
    },
  };
}

function dot(a: Float64Array, from: number, b: Float64Array, start: number, count: number): number {
  let [even, odd] = [0, 0];
  for (let i = 0; i + 1 < count; i += 2) {
    even += a[from + i]! * b[start + i]!;
    odd += a[from + i + 1]! * b[start + i + 1]!;
  }
  if (count % 2 === 1) even += a[from + count - 1]! * b[start + count - 1]!;
  return even + odd;
}
