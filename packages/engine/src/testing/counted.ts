/**
 * Arithmetic that counts itself, by the rules of Work: what an op costs is checked by doing it. Comparisons and
 * choices are free and are written as such.
 */
export class Counted {
  operations = 0;

  add = (a: number, b: number): number => this.#one(a + b);
  subtract = (a: number, b: number): number => this.#one(a - b);
  multiply = (a: number, b: number): number => this.#one(a * b);
  divide = (a: number, b: number): number => this.#one(a / b);
  /** A square root, exponential or the like. */
  apply = (f: (x: number) => number, x: number): number => this.#one(f(x));
  /** From zero: a sum of n terms is n. */
  sum = (terms: Iterable<number>): number => [...terms].reduce(this.add, 0);

  #one(value: number): number {
    this.operations += 1;
    return value;
  }
}
