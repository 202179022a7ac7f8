/** A block never lasts longer than this, so that Ctrl-C and timers are not kept waiting. */
const LONGEST_MS = 4;
/** How late a wait may end, as a share of what it lasted: blocks grow with it. */
const LATENESS = 0.02;

/**
 * Waits for a GPU promise without spinning.
 *
 * Dawn's Node binding polls through setImmediate for as long as any promise is pending, which takes a whole core
 * from a software adapter. Blocking this thread for a moment per turn of the event loop gives it back. Browsers
 * forbid blocking their main thread and need no such help, so their door has none of this.
 *
 * @param milliseconds length of the first block; what has settled already is not waited for
 */
export async function politeWait<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  promise.then(settle, settle);
  const started = performance.now();
  const turn = () => {
    if (settled) return;
    const block = Math.min(LONGEST_MS, Math.max(milliseconds, LATENESS * (performance.now() - started)));
    Atomics.wait(blocker, 0, 0, block);
    setImmediate(turn);
  };
  setImmediate(turn);
  return promise;
}

const blocker = new Int32Array(new SharedArrayBuffer(4));
