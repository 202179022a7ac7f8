/**
 * A number of a formula: its float64 value, and the size of the errors a float32 computation of it collects. A kernel
 * that rounds c times on the longest way may be off by c · 2⁻²⁴ · error.
 */
export interface Term {
  readonly value: number;
  readonly error: number;
  readonly inputs: readonly Term[];
  /** Partial derivatives by the inputs, as terms without inputs: they carry errors of their own. */
  readonly partials: readonly Pick<Term, 'value' | 'error'>[];
}

export type Row = readonly Term[];

/**
 * Writes down a formula in float64 and plays it backwards. Losses are stated once, forward, as plainly as a paper
 * does; their gradients follow by the chain rule, and central differences check the tape.
 */
export class Tape {
  readonly #terms: Term[] = [];
  readonly #detached: number[] = [];
  readonly #replayed: readonly number[] | null;
  #next = 0;

  /** @param replayed values that detach gives in turn: a formula moved a little keeps what it holds fixed */
  constructor(replayed: readonly number[] | null = null) {
    this.#replayed = replayed;
  }

  /** What detach held fixed, in turn. */
  get detached(): readonly number[] {
    return this.#detached;
  }

  /** A number given exactly. */
  leaf(value: number): Term {
    return this.#write({ value, error: 0, inputs: [], partials: [] });
  }

  leaves(values: ArrayLike<number>): Row {
    return Array.from(values, (value) => this.leaf(value));
  }

  /** Rows of a matrix. */
  matrix(values: ArrayLike<number>, width: number): Row[] {
    const row = (i: number): number[] => Array.from({ length: width }, (_, k) => values[i * width + k]!);
    return Array.from({ length: values.length / width }, (_, i) => this.leaves(row(i)));
  }

  /** Σ a·b */
  dot(a: Row, b: Row): Term {
    let value = 0;
    let error = 0;
    a.forEach((x, i) => {
      const y = b[i]!;
      value += x.value * y.value;
      error += Math.abs(x.value * y.value) + x.error * Math.abs(y.value) + Math.abs(x.value) * y.error;
    });
    return this.#write({ value, error, inputs: [...a, ...b], partials: [...b, ...a] });
  }

  /** Σ terms · scale */
  sum(terms: Row, scale = 1): Term {
    let value = 0;
    let error = 0;
    for (const term of terms) {
      value += scale * term.value;
      error += Math.abs(scale) * (Math.abs(term.value) + term.error);
    }
    return this.#write({ value, error, inputs: terms, partials: terms.map(() => exact(scale)) });
  }

  subtract(a: Term, b: Term): Term {
    const error = Math.abs(a.value) + Math.abs(b.value) + a.error + b.error;
    return this.#write({
      value: a.value - b.value,
      error,
      inputs: [a, b],
      partials: [exact(1), exact(-1)],
    });
  }

  multiply(a: Term, b: Term): Term {
    return this.dot([a], [b]);
  }

  square(x: Term): Term {
    return this.dot([x], [x]);
  }

  relu(x: Term): Term {
    return x.value > 0 ? x : this.leaf(0);
  }

  exp(x: Term): Term {
    return this.#unary(x, Math.exp(x.value), Math.exp(x.value), 0);
  }

  tanh(x: Term): Term {
    const value = Math.tanh(x.value);
    // 1 - t² is rounded at the size of 1.
    return this.#unary(x, value, 1 - value * value, 1);
  }

  root(x: Term): Term {
    const value = Math.sqrt(x.value);
    return this.#unary(x, value, 0.5 / value, 0);
  }

  /** The value of a term, without its derivative. */
  detach(x: Term): Term {
    const value = this.#replayed === null ? x.value : this.#replayed[this.#next++]!;
    this.#detached.push(value);
    return this.#write({ value, error: x.error, inputs: [], partials: [] });
  }

  /** A value with partial derivatives that somebody chose: straight-through estimators. */
  estimate(value: number, inputs: Row, partials: readonly number[]): Term {
    const error = Math.abs(value) + inputs.reduce((sum, { error: own }) => sum + own, 0);
    return this.#write({ value, error, inputs, partials: partials.map(exact) });
  }

  #unary(x: Term, value: number, slope: number, slopeError: number): Term {
    const error = Math.abs(value) + Math.abs(slope) * x.error;
    const partial = { value: slope, error: Math.abs(slope) * (1 + x.error) + slopeError };
    return this.#write({ value, error, inputs: [x], partials: [partial] });
  }

  #write(term: Term): Term {
    this.#terms.push(term);
    return term;
  }

  /** Derivatives of Σ outputs · cotangents by every term. */
  gradients(outputs: Row, cotangents: ArrayLike<number>): (term: Term) => Pick<Term, 'value' | 'error'> {
    const found = new Map<Term, { value: number; error: number }>();
    const at = (term: Term): { value: number; error: number } => {
      let entry = found.get(term);
      if (entry === undefined) found.set(term, (entry = { value: 0, error: 0 }));
      return entry;
    };
    outputs.forEach((output, i) => (at(output).value += cotangents[i]!));
    for (const term of this.#terms.toReversed()) {
      const own = found.get(term);
      if (own === undefined) continue;
      term.inputs.forEach((input, i) => {
        const partial = term.partials[i]!;
        const entry = at(input);
        entry.value += own.value * partial.value;
        entry.error +=
          Math.abs(own.value * partial.value) +
          own.error * Math.abs(partial.value) +
          Math.abs(own.value) * partial.error;
      });
    }
    return (term) => found.get(term) ?? { value: 0, error: 0 };
  }
}

function exact(value: number): Pick<Term, 'value' | 'error'> {
  return { value, error: 0 };
}
