import type { WaitForecast } from './wait-forecast.ts';

/** A block never lasts longer than this, so that Ctrl-C and timers are not kept waiting. */
const LONGEST_MS = 4;
/** Nor longer than this while nothing can be seen yet: whatever else the process does goes on in between. */
const LONGEST_FORESEEN_MS = 2;
/** How late a wait may end, as a share of what it lasted: blocks grow with it. */
const LATENESS = 0.02;

/** A wait that goes on. */
interface Waiting {
  readonly started: number;
  readonly shortest: number;
  /** Milliseconds that it is thought to last at least. */
  readonly foreseen: number;
  /** False in its first turn, which does not block: the promise may be about to settle. */
  looked: boolean;
  /** True once it was seen to last longer than foreseen. */
  outlasted: boolean;
}

const all = new Set<Waiting>();
let turning = false;
const blocker = new Int32Array(new SharedArrayBuffer(4));

/**
 * Waits for a GPU promise without spinning.
 *
 * Dawn's Node binding polls through setImmediate for as long as any promise is pending, which takes a whole core
 * from a software adapter. Blocking this thread for a moment per turn of the event loop gives it back; several waits
 * share one block. Browsers forbid blocking their main thread and need no such help, so their door has none of this.
 *
 * @param milliseconds length of the first block; what has settled already is not waited for
 * @param forecast of waits of this kind, which learns from this one; left out where none is like another
 */
export async function politeWait<T>(
  promise: Promise<T>,
  milliseconds: number,
  forecast?: WaitForecast,
): Promise<T> {
  const foreseen = forecast?.milliseconds ?? 0;
  const started = performance.now();
  const waiting: Waiting = { started, shortest: milliseconds, foreseen, looked: false, outlasted: false };
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
  if (!turning) return;
  if (block > 0) Atomics.wait(blocker, 0, 0, block);
  setImmediate(turn);
}
