import { expect, test } from 'vitest';
import { sizeOf } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { seededRandom, type SeededRandom } from '../testing/index.ts';
import type { Dispatch } from './builder.ts';
import { describePlan, planTemporaries } from './plan.ts';
import type { Value } from './value.ts';

const temporary = (label: string, size: number): Value => ({
  label,
  shape: [size],
  dtype: 'f32',
  tensor: null,
  part: null,
});
const outside = {} as Tensor;

function dispatch(...bindings: Value[]): Dispatch {
  return {
    kernel: { label: 'kernel', source: '' },
    constants: {},
    bindings,
    groups: [1, 1, 1],
    sizes: new Uint32Array(0),
    cost: null,
  };
}

/** Launches that read and write a few of many values, some outside the program and some pinned. */
function randomProgram(random: SeededRandom) {
  const values = Array.from({ length: 3 + random.below(30) }, (_, i): Value => {
    const value = temporary(`v${i}`, 1 + random.below(100));
    return random.below(8) === 0 ? { ...value, tensor: outside } : value;
  });
  const dispatches = Array.from({ length: 1 + random.below(40) }, () => {
    const bindings = new Set(
      Array.from({ length: 1 + random.below(6) }, () => values[random.below(values.length)]!),
    );
    return dispatch(...bindings);
  });
  const pinned = new Set(values.filter(() => random.below(8) === 0));
  return { dispatches, pinned };
}

test('in random programs, values never share a slot while both live, and every value fits its slot', () => {
  let shared = 0;
  for (let seed = 0; seed < 300; seed++) {
    const { dispatches, pinned } = randomProgram(seededRandom(seed));
    const plan = planTemporaries(dispatches, pinned);
    const lifetimes = new Map<Value, { first: number; last: number }>();
    dispatches.forEach(({ bindings }, index) => {
      for (const value of bindings)
        lifetimes.set(value, { first: lifetimes.get(value)?.first ?? index, last: index });
      const slots = bindings.map((value) => plan.slotOf.get(value)).filter((slot) => slot !== undefined);
      expect(new Set(slots).size, `dispatch ${index} of program ${seed}`).toBe(slots.length);
    });
    for (const value of lifetimes.keys()) {
      const slot = plan.slotOf.get(value);
      expect(slot === undefined, `${value.label} of program ${seed}`).toBe(
        value.tensor !== null || pinned.has(value),
      );
      if (slot === undefined) continue;
      expect(plan.slotBytes[slot]).toBeGreaterThanOrEqual(sizeOf(value.shape) * 4);
      for (const [other, lifetime] of lifetimes) {
        if (other === value || plan.slotOf.get(other) !== slot) continue;
        shared += 1;
        const apart =
          lifetime.last < lifetimes.get(value)!.first || lifetimes.get(value)!.last < lifetime.first;
        expect(apart, `${value.label} and ${other.label} of program ${seed}`).toBe(true);
      }
    }
    expect(plan.slotBytes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(plan.unsharedBytes);
  }
  expect(shared).toBeGreaterThan(1000);
});

test('a chain of any length takes turns in two slots, and says so', () => {
  const chain = Array.from({ length: 6 }, (_, i) => temporary(`x${i}`, 8));
  const dispatches = chain.slice(1).map((value, i) => dispatch(chain[i]!, value));
  const plan = planTemporaries(dispatches, new Set());
  expect(plan.unsharedBytes).toBe(6 * 32);
  expect(describePlan(plan)).toMatchInlineSnapshot(`
    "slot 0: 32 bytes: x0, x2, x4
    slot 1: 32 bytes: x1, x3, x5"
  `);
});

test('sizes are whole vectors of four, and at least one', () => {
  const plan = planTemporaries([dispatch(temporary('one', 1), temporary('five', 5))], new Set());
  expect(plan.slotBytes).toEqual([16, 32]);
});
