/**
 * A float64 result, and for each element the sum of the absolute terms that a float32 kernel adds up on its way
 * there. A kernel that rounds `c` times may be off by c · 2⁻²⁴ · terms: the bound grows with length and with
 * cancellation, as the error does.
 */
export interface Reference {
  readonly values: Float64Array;
  readonly terms: Float64Array;
}

export type Arrays<Name extends string> = Readonly<Record<Name, Float64Array>>;

/** What an op computes, in float64 and as plainly as possible, for fixed sizes and options. */
export interface OpReference<Name extends string> {
  /** Roundings on the longest way to an element: of the output, and of the gradient of each input. */
  readonly roundings: Readonly<Record<Name | 'output', number>>;
  forward(inputs: Arrays<Name>): Reference;
  /** The gradient of Σ output · cotangent with respect to every input. */
  backward(inputs: Arrays<Name>, cotangent: Float64Array): Readonly<Record<Name, Reference>>;
}

/** Elements that are sums: `add` keeps the value and the sum of absolute terms together. */
export class Sums implements Reference {
  readonly values: Float64Array;
  readonly terms: Float64Array;

  constructor(size: number) {
    this.values = new Float64Array(size);
    this.terms = new Float64Array(size);
  }

  /** @param magnitude of the term where it carries errors of its own; its absolute value otherwise */
  add(index: number, term: number, magnitude = Math.abs(term)): void {
    this.values[index]! += term;
    this.terms[index]! += magnitude;
  }
}
