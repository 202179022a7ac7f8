import { KernelError, ProgramError, ShapeError } from '../errors.ts';
import { describeShape } from '../tensor/shape.ts';
import { bindingsOf, type KernelBinding } from './bindings.ts';
import type { Dispatch } from './builder.ts';
import { wholeOf, type Value } from './value.ts';

/** A value that a dispatch binds, and whether the kernel writes it. */
export interface Use {
  readonly value: Value;
  readonly written: boolean;
}

/**
 * Checks what a program gives its kernels against what their texts declare, and returns it dispatch by dispatch.
 *
 * @param texts of the dispatches' kernels
 * @param given a temporary that is written from outside before every run
 * @param unread what a kernel is given where it reads nothing
 * @throws {ShapeError} if a kernel is given floats for whole numbers or the reverse
 * @throws {KernelError} if a kernel binds another number of values, or writes what it reads elsewhere in the same
 *   dispatch (which WebGPU forbids)
 * @throws {ProgramError} if one reads a temporary that nothing has written
 */
export function checkDispatches(
  dispatches: readonly Dispatch[],
  texts: readonly string[],
  given: Value | null,
  unread: Value,
): readonly (readonly Use[])[] {
  const declared = new Map<string, ReadonlyMap<number, KernelBinding>>();
  const written = new Set<Value>(given === null ? [] : [given]);
  return dispatches.map(({ kernel, bindings }, index) => {
    const text = texts[index]!;
    let known = declared.get(text);
    if (known === undefined) declared.set(text, (known = bindingsOf(text)));
    if (known.size !== bindings.length) {
      throw new KernelError(
        `${kernel.label}: expected a value for each of its ${known.size} bindings, got ${bindings.length}`,
      );
    }
    const uses = bindings.map((value, binding): Use => {
      const { name, dtype, written: writes } = known.get(binding)!;
      if (value === unread && !writes) return { value, written: false };
      if (dtype !== null && dtype !== value.dtype) {
        throw new ShapeError(
          `${kernel.label}: expected ${name} of ${dtype}, got ${value.label} ${describeShape(value.shape)} of ${value.dtype}`,
        );
      }
      if (!writes && wholeOf(value).tensor === null && !written.has(wholeOf(value)))
        throw new ProgramError(
          `${kernel.label}: expected ${value.label} ${describeShape(value.shape)} to be written earlier in the program, got nothing that does; record what makes it first, in the same ProgramBuilder`,
        );
      return { value, written: writes };
    });
    refuseAliases(kernel.label, uses);
    for (const use of uses) if (use.written) written.add(wholeOf(use.value));
    return uses;
  });
}

/** WebGPU tracks whole buffers: one that is written may be bound once, or in parts that are all written. */
function refuseAliases(label: string, uses: readonly Use[]): void {
  for (const [index, use] of uses.entries()) {
    const other = uses.slice(0, index).find(({ value }) => wholeOf(value) === wholeOf(use.value));
    if (
      other !== undefined &&
      (use.written || other.written) &&
      !(use.written && other.written && apart(use.value, other.value))
    ) {
      throw new KernelError(
        `${label}: writes ${use.written ? use.value.label : other.value.label} and binds ${use.written ? other.value.label : use.value.label} in the same dispatch, which WebGPU forbids`,
      );
    }
  }
}

function apart(a: Value, b: Value): boolean {
  const start = (value: Value) => value.part?.byteOffset ?? 0;
  const end = (value: Value) =>
    start(value) + 4 * value.shape.reduce((product, extent) => product * extent, 1);
  return end(a) <= start(b) || end(b) <= start(a);
}
