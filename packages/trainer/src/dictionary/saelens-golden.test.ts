import { describe, expect, it } from 'vitest';
import { foldDecoderNorms, foldScale, inUnitsOfInputs } from './fold.ts';
import { reconstruct } from './saelens.reference.ts';
import { valuesOf } from './testing/memory-dictionary.ts';
import { dictionaryOf, golden, INFERENCE } from './testing/saelens-golden.ts';

// SAELens computed in float32 and the file keeps 7 decimals of numbers below 2.
const TOLERANCE = 1e-6;

function expectNear(got: ArrayLike<number>, want: readonly number[]): void {
  expect(got.length).toBe(want.length);
  const furthest = want.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i]!)), 0);
  expect(furthest).toBeLessThanOrEqual(TOLERANCE);
}

it('has a case for every architecture and every way to normalise', () => {
  expect(new Set(INFERENCE.map((name) => name.split('/')[1]))).toEqual(
    new Set(['standard', 'topk', 'jumprelu', 'gated']),
  );
  expect(new Set(INFERENCE.map((name) => dictionaryOf(name).normalisation))).toEqual(
    new Set(['none', 'layer_norm', 'constant_norm_rescale']),
  );
});

describe.each(INFERENCE)('%s', (name) => {
  const wanted = golden.cases[name]!;

  it('is computed as SAELens does', async () => {
    const stored = dictionaryOf(name);
    const { activations, reconstructions } = reconstruct(stored, await valuesOf(stored), golden.x);
    expectNear(activations, wanted.encode!);
    expectNear(reconstructions, wanted.reconstruction!);
  });

  it('has its decoder norms folded as SAELens does, or not at all where SAELens refuses', async () => {
    const stored = dictionaryOf(name);
    const folded = await foldDecoderNorms(stored);
    if (wanted.fold_error !== undefined) return expect(folded).toBe(stored);
    const values = await valuesOf(folded);
    for (const [tensor, numbers] of Object.entries(wanted.folded_W_dec_norm!))
      expectNear(values[tensor as keyof typeof values]!, numbers);
    const { activations, reconstructions } = reconstruct(folded, values, golden.x);
    expectNear(activations, wanted.folded_encode!);
    expectNear(reconstructions, wanted.folded_reconstruction!);
  });
});

describe('the scale of the inputs', () => {
  it('is folded as SAELens does', async () => {
    const wanted = golden.cases['fold_activation_norm_scaling_factor=0.8'] as unknown as Record<
      string,
      readonly number[]
    >;
    const values = await valuesOf(foldScale(dictionaryOf('inference/standard/default'), 0.8));
    for (const tensor of ['W_enc', 'W_dec', 'b_enc', 'b_dec'] as const)
      expectNear(values[tensor]!, wanted[tensor]!);
  });

  const unnormalised = INFERENCE.filter((name) => dictionaryOf(name).normalisation === 'none');
  it.each(unnormalised)(
    '%s: either way to take it out reconstructs what training did, unscaled',
    async (name) => {
      const scale = 2.5;
      const trained = dictionaryOf(name);
      const want = reconstruct(
        trained,
        await valuesOf(trained),
        golden.x.map((value) => value * scale),
      );
      const kept = foldScale(trained, scale);
      const ofKept = reconstruct(kept, await valuesOf(kept), golden.x);
      // Activations that count the norms of decoder rows shrink with them.
      const counted = kept.rescaled ? scale : 1;
      expectNear(
        ofKept.activations,
        [...want.activations].map((value) => value / counted),
      );
      expectNear(
        ofKept.reconstructions,
        [...want.reconstructions].map((value) => value / scale),
      );
      const unscaled = inUnitsOfInputs(trained, scale);
      const ofUnscaled = reconstruct(unscaled, await valuesOf(unscaled), golden.x);
      expectNear(
        ofUnscaled.activations,
        [...want.activations].map((value) => value / scale),
      );
      expectNear(
        ofUnscaled.reconstructions,
        [...want.reconstructions].map((value) => value / scale),
      );
    },
  );
});
