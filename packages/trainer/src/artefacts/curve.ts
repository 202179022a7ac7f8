/** What a curve keeps from one process to the next; JSON. */
export interface CurveState<Point> {
  readonly kept: Point[];
  readonly last: Point | null;
  /** Points offered so far, and of how many each one is kept. */
  readonly offered: number;
  readonly stride: number;
}

/** Points kept at most; a page shows fewer. */
const MOST = 1024;

/**
 * A curve of a run of any length in bounded memory: the points that are kept are evenly spaced, and whenever they become
 * too many every other one goes. The last point is always there.
 */
export class Curve<Point> {
  #kept: Point[] = [];
  #last: Point | null = null;
  #offered = 0;
  #stride = 1;

  add(point: Point): void {
    if (this.#offered % this.#stride === 0) this.#kept.push(point);
    this.#offered += 1;
    this.#last = point;
    if (this.#kept.length < MOST) return;
    this.#kept = this.#kept.filter((_, i) => i % 2 === 0);
    this.#stride *= 2;
  }

  get points(): readonly Point[] {
    const last = this.#last;
    return last === null || this.#kept.at(-1) === last ? this.#kept : [...this.#kept, last];
  }

  get last(): Point | null {
    return this.#last;
  }

  state(): CurveState<Point> {
    return { kept: this.#kept, last: this.#last, offered: this.#offered, stride: this.#stride };
  }

  restore({ kept, last, offered, stride }: CurveState<Point>): void {
    this.#kept = [...kept];
    // As JSON it is another object than the same point among those kept.
    this.#last = last !== null && (offered - 1) % stride === 0 ? kept.at(-1)! : last;
    this.#offered = offered;
    this.#stride = stride;
  }
}
