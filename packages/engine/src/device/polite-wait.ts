import type { WaitForecast } from './wait-forecast.ts';

/** A block never lasts longer than this, so that Ctrl-C and timers are not kept waiting. */
const LONGEST_MS = 4;
/** Nor longer than this while nothing can be seen yet: whatever else the process does goes on in between. */
const LONGEST_FORESEEN_MS = 2;
/** A block that would be shorter is none: the system takes longer to end one. */
const SHORTEST_MS = 0.02;
/** How late a wait may end, as a share of what it lasted: blocks grow with it. */
const LATENESS = 0.02;

/**
 * A watched turn that took longer was interrupted by who else wants the core; what lavapipe's own threads take of it, on
 * as many cores as they are, is less.
 */
const INTERRUPTED_MS = 1;
/** Waits after that in which nothing is watched, and the first block of these. */
const UNWATCHED = 64;
const UNWATCHED_MS = 0.25;

/** A wait that goes on. */
interface Waiting {
  readonly started: number;
  shortest: number;
  /** Milliseconds that it is thought to last at least. */
  readonly foreseen: number;
  /** False in its first turn, which does not block: the promise may be about to settle. */
  looked: boolean;
  /** True once it was seen to last longer than foreseen. */
  outlasted: boolean;
}

const all = new Set<Waiting>();
let turning = false;
/** Waits left in which nothing is watched: a core that others use is awake without us. */
let unwatched = 0;
/** When the turn before ended, where it did not block. */
let watchedAt = Infinity;
const blocker = new Int32Array(new SharedArrayBuffer(4));

/**
 * Waits for a GPU promise without spinning.
 *
 * Dawn's Node binding polls through setImmediate for as long as any promise is pending, which takes a whole core
 * from a software adapter. Blocking this thread for a moment per turn of the event loop gives it back; several waits
 * share one block. Browsers forbid blocking their main thread and need no such help, so their door has none of this.
 *
 * @param milliseconds length of the first block; what has settled already is not waited for. With 0 there is none for
 *   the first millisecond, whose core is kept awake
 * @param forecast of waits of this kind, which learns from this one; left out where none is like another
 */
export async function politeWait<T>(
  promise: Promise<T>,
  milliseconds: number,
  forecast?: WaitForecast,
): Promise<T> {
  const foreseen = forecast?.milliseconds ?? 0;
  const started = performance.now();
  const waits = milliseconds === 0 && unwatched > 0;
  if (waits) unwatched -= 1;
  const shortest = waits ? UNWATCHED_MS : milliseconds;
  const waiting: Waiting = { started, shortest, foreseen, looked: false, outlasted: false };
  const end = (): void => {
    all.delete(waiting);
    if (foreseen === 0 || waiting.outlasted) forecast?.lasted(performance.now() - started);
    else forecast?.failed();
  };
  promise.then(end, end);
  all.add(waiting);
  if (!turning) {
    turning = true;
    setImmediate(turn);
  }
  return promise;
}

function turn(): void {
  const now = performance.now();
  if (now - watchedAt > INTERRUPTED_MS) leaveUnwatched();
  let block = LONGEST_MS;
  for (const waiting of all) {
    const { started, shortest, foreseen, looked } = waiting;
    const left = started + foreseen - now;
    if (left <= 0) waiting.outlasted = true;
    const wanted = Math.max(shortest, LATENESS * (now - started), Math.min(left, LONGEST_FORESEEN_MS));
    block = Math.min(block, looked ? wanted : 0);
    waiting.looked = true;
  }
  turning = all.size > 0;
  watchedAt = Infinity;
  if (!turning) return;
  if (block >= SHORTEST_MS) Atomics.wait(blocker, 0, 0, block);
  else watchedAt = performance.now();
  setImmediate(turn);
}

function leaveUnwatched(): void {
  unwatched = UNWATCHED;
  for (const waiting of all) waiting.shortest ||= UNWATCHED_MS;
}
