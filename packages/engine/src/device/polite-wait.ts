/**
 * Waits for a GPU promise without spinning.
 *
 * Dawn's Node binding polls through setImmediate for as long as any promise is pending, which takes a whole core
 * from a software adapter. Blocking this thread for a moment per turn of the event loop gives it back. Browsers
 * forbid blocking their main thread and need no such help, so their door has none of this.
 *
 * @param milliseconds length of each block; the wait ends at most that much late
 */
export async function politeWait<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  promise.then(settle, settle);
  const turn = () => {
    if (settled) return;
    Atomics.wait(blocker, 0, 0, milliseconds);
    setImmediate(turn);
  };
  setImmediate(turn);
  return promise;
}

const blocker = new Int32Array(new SharedArrayBuffer(4));
