import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Arrangement } from './arrange.ts';
import type { NearestTable } from './nearest-table.ts';

/** What the thread is given. */
export interface ArrangeTask {
  readonly table: NearestTable;
  readonly seed: number;
}

/** What the thread says: how far it is, and at the end what it found. */
export type ArrangeMessage = { readonly share: number } | { readonly arrangement: Arrangement | null };

/** An arrangement that a thread works on. */
export interface Arranging {
  /**
   * Waits for it.
   *
   * @param watch called often with the share done; throws to stop waiting
   */
  readonly arrangement: (watch: (share: number) => void) => Promise<Arrangement | null>;
  /** Ends the thread, whether it is done or not. */
  readonly stop: () => Promise<void>;
}

/**
 * Arranges points as `arrange` does, in a thread of its own: what else there is to do goes on meanwhile. What comes of
 * it depends on the table and the seed alone.
 */
export function arrangeBeside(table: NearestTable, seed: number): Arranging {
  const task: ArrangeTask = { table, seed };
  // The sources are TypeScript in the workspace and JavaScript in a package.
  const thread = new Worker(new URL(`./arrange-thread${extname(import.meta.url)}`, import.meta.url), {
    workerData: task,
  });
  let look = (_share: number): void => {};
  const arranged = new Promise<Arrangement | null>((resolve, reject) => {
    thread.on('message', (message: ArrangeMessage) => {
      if ('share' in message) look(message.share);
      else resolve(message.arrangement);
    });
    thread.on('error', reject);
    thread.on('exit', (code) =>
      reject(new Error(`internal: the map's thread ended with ${code} and no map`)),
    );
  });
  // Whoever waits for it hears of a failure; until then it is nobody's.
  arranged.catch(() => {});
  return {
    arrangement: (watch) =>
      new Promise((resolve, reject) => {
        look = (share) => {
          try {
            watch(share);
          } catch (error) {
            reject(error as Error);
          }
        };
        arranged.then(resolve, reject);
      }),
    stop: async () => {
      await thread.terminate();
    },
  };
}
