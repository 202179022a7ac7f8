import type { Gpu } from '../../device/gpu.ts';
import {
  checkKernel,
  type Checked,
  defineProof,
  sample,
  seededRandom,
  SPARSE_SIZES,
  SPARSE_TILES,
  sparseSample,
} from '../../testing/index.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { ADAM_ROUNDINGS, exactly } from '../adam/adam.reference.ts';
import { adamScalars, type AdamOptions } from '../adam/adam.ts';
import { sparseTransposedMatmulReference } from '../sparse-transposed-matmul/sparse-transposed-matmul.reference.ts';
import type { Parts } from './parts.ts';
import { rowAdam, type RowGradient } from './row-adam.ts';
import { rowAdamReference } from './row-adam.reference.ts';

// Betas that float32 holds exactly: see the tests of adam for the usual ones.
const OPTIONS: AdamOptions = { beta1: 0.875, beta2: 1 - 2 ** -10, epsilon: 2 ** -20 };

/** A step to check. */
export interface RowAdamCase {
  readonly rows: number;
  readonly features: number;
  readonly width: number;
  readonly kind: RowGradient['kind'];
  readonly along: boolean;
  readonly unit: boolean;
  readonly clip?: number;
  readonly parts?: Parts;
}

const GIVEN_SIZES: [features: number, width: number][] = [
  [1, 1],
  [5, 3],
  [31, 4],
  [6, 261],
];

export const proofs = [
  defineProof({
    claim: 'a step of unit rows, gathered from f (%i,%i), D %i, agrees with float64',
    tiles: SPARSE_TILES,
    sizes: SPARSE_SIZES,
    folded: [2, 65_537, 3],
    largest: [100, 100, 300],
    byClass: true,
    spread: false,
    check: (gpu, rows: number, features: number, width: number) =>
      checkRowAdam(gpu, { rows, features, width, kind: 'sparse', along: true, unit: true }),
  }),
  defineProof({
    claim: 'a step of rows of any length, gathered from f (%i,%i), D %i, agrees with float64',
    tiles: [4],
    sizes: [
      [1, 1, 1],
      [33, 5, 3],
      [33, 31, 4],
      [7, 6, 261],
    ],
    folded: null,
    largest: [100, 100, 300],
    byClass: true,
    spread: false,
    check: (gpu, rows: number, features: number, width: number) =>
      checkRowAdam(gpu, { rows, features, width, kind: 'sparse', along: false, unit: false }),
  }),
  ...[
    { rule: 'unit rows', along: true, unit: true },
    { rule: 'rows', along: false, unit: false },
    { rule: 'rows with a clipped gradient', along: true, unit: false, clip: 0.25 },
  ].map(({ rule, ...options }) =>
    defineProof({
      claim: `a step of ${rule} (%i,%i) with a given gradient agrees with float64`,
      tiles: [4],
      sizes: GIVEN_SIZES,
      folded: null,
      largest: [100, 300],
      byClass: true,
      spread: false,
      check: (gpu, features: number, width: number) =>
        checkRowAdam(gpu, { rows: 1, features, width, kind: 'dense', ...options }),
    }),
  ),
];

/** One step from a state with history, with the gradient given or gathered, against the reference. */
export async function checkRowAdam(gpu: Gpu, options: RowAdamCase): Promise<Checked> {
  const { rows, features, width, kind, along, unit, clip, parts } = options;
  const random = seededRandom(features);
  const shape = [features, width];
  const rowsOfY = parts === undefined ? rows : parts.second + rows - parts.first;
  const inputs = {
    w: sample(shape, () => random.sign() * random.uniform(0.2, 1)),
    first: sample(shape, random.normal),
    second: sample(shape, () => random.uniform(0.5, 2)),
    f: sparseSample(random, [rows, features]),
    y: sample([rowsOfY, width], random.normal),
    dense: sample(shape, random.normal),
    along: sample([features], random.normal),
  };
  const want = rowAdamReference(
    { parameter: inputs.w.values, first: inputs.first.values, second: inputs.second.values },
    kind === 'sparse'
      ? sparseTransposedMatmulReference(inputs.f.values, inputs.y.values, width, features, parts)
      : exactly(inputs.dense.values),
    width,
    { along: along ? inputs.along.values : null, unit, ...(clip === undefined ? {} : { clip }) },
    3,
    0.125,
    OPTIONS,
  );
  // The gathered sum, two norms of a row on at least four lanes with an inverse root each, and Adam.
  const norms = along || unit ? 2 * Math.ceil(width / 4) + 8 : 0;
  const roundings = (kind === 'sparse' ? rows : 0) + norms + ADAM_ROUNDINGS;
  return checkKernel(gpu, {
    inputs,
    record(p, v) {
      const gradient: RowGradient =
        kind === 'sparse'
          ? { kind, f: v.f, mask: activeMask(p, v.f), y: v.y, ...(parts === undefined ? {} : { parts }) }
          : { kind, gradient: v.dense };
      const moments = { first: v.first.tensor!, second: v.second.tensor! };
      const rule = { along: along ? v.along : null, unit };
      const factor = clip === undefined ? null : p.scalar('clip');
      const squares = rowAdam(p, v.w, gradient, moments, OPTIONS, rule, factor);
      return { w: v.w, first: v.first, second: v.second, squares };
    },
    scalars: { ...adamScalars(OPTIONS, 3, 0.125), ...(clip === undefined ? {} : { clip }) },
    want: {
      w: { reference: want.parameter, roundings },
      first: { reference: want.first, roundings },
      second: { reference: want.second, roundings },
      squares: { reference: want.squares, roundings: roundings + width },
    },
  });
}
