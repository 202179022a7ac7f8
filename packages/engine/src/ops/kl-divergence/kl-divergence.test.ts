import { expect, test } from 'vitest';
import { klDivergenceReference } from './kl-divergence.reference.ts';

test('the divergence between two coins is what the formula says, whatever the logits are shifted by', () => {
  const [p, q] = [0.25, 0.5];
  const logits = (share: number, shift: number) => [Math.log(share) + shift, Math.log(1 - share) + shift];
  const { values } = klDivergenceReference(
    Float64Array.of(...logits(p, 0), ...logits(p, 300)),
    Float64Array.of(...logits(q, -50), ...logits(p, 0)),
    2,
  );
  expect(values[0]).toBeCloseTo(p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q)), 12);
  expect(values[1]).toBeCloseTo(0, 12);
});
