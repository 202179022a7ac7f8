/** The thread of arrange-beside.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { arrange } from './arrange.ts';
import type { ArrangeMessage, ArrangeTask } from './arrange-beside.ts';
import { nearestOf } from './nearest-table.ts';

const { table, seed } = workerData as ArrangeTask;
const say = (message: ArrangeMessage): void => parentPort!.postMessage(message);
say({ arrangement: await arrange(nearestOf(table), seed, (share) => say({ share })) });
