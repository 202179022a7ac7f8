import { bufferBytes } from '../tensor/tensor.ts';
import type { Dispatch } from './builder.ts';
import { textureBytes } from './texture.ts';
import { wholeOf, type Value } from './value.ts';

/** Where each temporary lives: values that are never alive together share a slot. */
export interface Plan {
  readonly slotBytes: readonly number[];
  /** Slots that are textures; the others are buffers. */
  readonly textureSlots: ReadonlySet<number>;
  readonly slotOf: ReadonlyMap<Value, number>;
  /** What the temporaries would take without sharing. */
  readonly unsharedBytes: number;
}

/**
 * Gives every temporary a slot for the dispatches between its first and last use. Slots are whole buffers or
 * textures, because WebGPU forbids reading and writing one in the same dispatch, even at different offsets.
 *
 * @param pinned values that have a buffer of their own
 */
export function planTemporaries(dispatches: readonly Dispatch[], pinned: ReadonlySet<Value>): Plan {
  const lifetimes = new Map<Value, { first: number; last: number }>();
  dispatches.forEach(({ bindings }, index) => {
    for (const value of bindings.map(wholeOf)) {
      if (value.tensor !== null || pinned.has(value)) continue;
      const lifetime = lifetimes.get(value);
      if (lifetime === undefined) lifetimes.set(value, { first: index, last: index });
      else lifetime.last = index;
    }
  });
  const slots: { bytes: number; texture: boolean; freeAfter: number }[] = [];
  const slotOf = new Map<Value, number>();
  let unsharedBytes = 0;
  for (const [value, { first, last }] of lifetimes) {
    const texture = value.inTexture === true;
    const bytes = texture ? textureBytes(value.shape) : bufferBytes(value.shape);
    unsharedBytes += bytes;
    const free = slots
      .map((slot, index) => ({ slot, index }))
      .filter(({ slot }) => slot.freeAfter < first && slot.texture === texture);
    // The smallest slot that is large enough, else the largest one, grown.
    free.sort((a, b) => a.slot.bytes - b.slot.bytes);
    const choice = free.find(({ slot }) => slot.bytes >= bytes) ?? free.at(-1);
    if (choice === undefined) {
      slotOf.set(value, slots.push({ bytes, texture, freeAfter: last }) - 1);
    } else {
      choice.slot.bytes = Math.max(choice.slot.bytes, bytes);
      choice.slot.freeAfter = last;
      slotOf.set(value, choice.index);
    }
  }
  const textureSlots = new Set(slots.flatMap(({ texture }, index) => (texture ? [index] : [])));
  return { slotBytes: slots.map(({ bytes }) => bytes), textureSlots, slotOf, unsharedBytes };
}

/** The plan as a table: bytes of each slot and the values that take turns in it. */
export function describePlan(plan: Plan): string {
  return plan.slotBytes
    .map((bytes, index) => {
      const names = [...plan.slotOf].filter(([, slot]) => slot === index).map(([value]) => value.label);
      const kind = plan.textureSlots.has(index) ? ' (texture)' : '';
      return `slot ${index}${kind}: ${bytes} bytes: ${names.join(', ')}`;
    })
    .join('\n');
}
