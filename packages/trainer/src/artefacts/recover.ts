import type { Gpu, NonFiniteError } from '@monosema/engine';

/** Devices that one stage may lose; after so many it is no accident. */
const MOST_LOSSES = 3;

/**
 * Does work that goes on from its own checkpoint whenever it is done again, and does it again where that helps.
 *
 * A device that is lost is opened anew, and the work goes on from the checkpoint with the same numbers. Where
 * numbers stopped being finite, the work is done once more from the checkpoint, with every kernel watched, to say
 * which one went wrong first.
 *
 * @param device gives another device once the one it gave is lost
 * @throws {NonFiniteError} naming the kernel
 */
export async function recovering<Result>(
  name: string,
  effects: { say(line: string): void; readonly signal: AbortSignal },
  device: () => Promise<Gpu>,
  work: (device: () => Promise<Gpu>) => Promise<Result>,
): Promise<Result> {
  let gpu: Gpu | null = null;
  let losses = 0;
  let diverged: NonFiniteError | null = null;
  const open = async (): Promise<Gpu> => {
    gpu = await device();
    gpu.trapsNonFinite = diverged !== null;
    return gpu;
  };
  const lost = (): boolean => gpu?.lost === true;
  try {
    for (;;) {
      try {
        return await work(open);
      } catch (error) {
        if (effects.signal.aborted) throw error;
        if (lost() && losses < MOST_LOSSES) {
          losses += 1;
          effects.say(
            `${name}: ${(error as Error).message}; going on from the last checkpoint on a new device`,
          );
        } else if (isNonFinite(error) && diverged === null && gpu !== null) {
          diverged = error;
          effects.say(
            `${name}: ${error.what}; looking from the last checkpoint on for the kernel that went wrong`,
          );
        } else throw isNonFinite(error) && diverged !== null ? await explained(diverged, error) : error;
      }
    }
  } finally {
    // The device outlives the stage.
    if (gpu !== null) (gpu as Gpu).trapsNonFinite = false;
  }
}

/** By name, so that stages without a GPU do not load the engine. */
function isNonFinite(error: unknown): error is NonFiniteError {
  return error instanceof Error && error.name === 'NonFiniteError';
}

/** What went wrong in the end, and what first. */
async function explained(diverged: NonFiniteError, first: NonFiniteError): Promise<NonFiniteError> {
  if (first.what === diverged.what) return diverged;
  const { NonFiniteError: Explained } = await import('@monosema/engine');
  return new Explained(`${diverged.what}, because ${first.what}`, diverged.remedy);
}
