import { expect, test } from 'vitest';
import { IntervalCounts } from './interval-consistency.ts';

test('of held-out tokens at each level those count on which a feature is expected to be active', () => {
  const counts = new IntervalCounts();
  // Nearest to the largest: two tokens are, of which one is expected; the third is of another level.
  counts.add({ group: 'interval 0', activations: [0, 10, 9.8, 5] }, [1, 2, 0, 1], 10);
  counts.add({ group: 'interval 5', activations: [5.2, 0] }, [3, 0], 10);
  // By another feature's own largest.
  counts.add({ group: 'interval 5', activations: [0.5, 0] }, [0, 0], 1);
  counts.add({ group: 'random place', activations: [0, 0, 0, 4] }, [0, 1, 0, 1], 10);
  // Chosen for what they fire on, or as the strongest: of no level.
  counts.add({ group: 'strongest token', activations: [10, 0] }, [1, 1], 10);
  counts.add({ group: 'top', activations: [10, 0] }, [1, 1], 10);
  expect(counts.finish()).toEqual([
    { level: 0, tokens: 2, expected: 1 },
    { level: 5, tokens: 2, expected: 1 },
    { level: null, tokens: 3, expected: 1 },
  ]);
});
