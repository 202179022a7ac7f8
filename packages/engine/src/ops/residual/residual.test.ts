import { test } from 'vitest';
import { checkGradient, sample, seededRandom, Sums } from '../../testing/index.ts';
import { residualReference } from './residual.reference.ts';

test('twice the residual over the batch is the gradient of the mean row loss', () => {
  const random = seededRandom(1);
  const x = sample([5, 3], random.normal).values;
  checkGradient(
    {
      forward({ reconstruction }) {
        const loss = new Sums(1);
        for (const value of residualReference(reconstruction, x, 3, 0).rowLoss.values) loss.add(0, value / 5);
        return loss;
      },
      backward: ({ reconstruction }, [seed]) => ({
        reconstruction: residualReference(reconstruction, x, 3, (2 / 5) * seed!).d,
      }),
    },
    { reconstruction: sample([5, 3], random.normal) },
  );
});
