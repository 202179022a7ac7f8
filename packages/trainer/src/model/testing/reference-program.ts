import { type OpReference, type Reference } from '@monosema/engine/testing';

/** One op of a reference program, as it was applied. */
interface Application {
  readonly output: Float64Array;
  readonly inputs: Readonly<Record<string, Float64Array>>;
  readonly gradients: (cotangent: Float64Array) => Readonly<Record<string, Float64Array>>;
}

/** Float64 references of ops, applied one after another and played backwards: a model's whole gradient. */
export class ReferenceProgram {
  readonly #applications: Application[] = [];
  readonly #compute: (reference: Reference) => Float64Array;

  /** @param compute what a result becomes; itself by default */
  constructor(compute: (reference: Reference) => Float64Array = ({ values }) => values) {
    this.#compute = compute;
  }

  apply<Name extends string>(
    op: OpReference<Name>,
    inputs: Readonly<Record<Name, Float64Array>>,
  ): Float64Array {
    const output = this.#compute(op.forward(inputs));
    const gradients = (cotangent: Float64Array): Record<string, Float64Array> =>
      Object.fromEntries(
        Object.entries<Reference>(op.backward(inputs, cotangent)).map(([name, gradient]) => [
          name,
          this.#compute(gradient),
        ]),
      );
    this.#applications.push({ output, inputs, gradients });
    return output;
  }

  /** The gradient of `output` (1) by every array that it was computed from. */
  gradients(output: Float64Array): ReadonlyMap<Float64Array, Float64Array> {
    const found = new Map<Float64Array, Float64Array>([[output, Float64Array.of(1)]]);
    for (const { output: own, inputs, gradients } of this.#applications.toReversed()) {
      const cotangent = found.get(own);
      if (cotangent === undefined) continue;
      const contributions = gradients(cotangent);
      for (const [name, input] of Object.entries(inputs)) {
        const known = found.get(input);
        const contribution = contributions[name]!;
        found.set(
          input,
          known === undefined ? contribution : contribution.map((value, i) => value + known[i]!),
        );
      }
    }
    return found;
  }
}
