/**
 * Analyses a planted run in a process of its own, and kills it at the progress of some number:
 * `node analyse-and-die.ts FOLDER DOCUMENTS ANALYSIS NUMBER`, the second and third as JSON.
 */
import { openDevice } from '@monosema/engine';
import { analyseStage } from '../analyse-stage.ts';
import { plantedRun } from './planted-run.ts';
import type { PlantedDocument } from './planted-text.ts';

const [root, documents, analysis, number] = process.argv.slice(2);
const context = await plantedRun(
  await openDevice(),
  root!,
  JSON.parse(documents!) as PlantedDocument[],
  JSON.parse(analysis!) as Record<string, unknown>,
);
let [calls, minutes] = [0, 0];
await analyseStage({
  ...context,
  // A minute passes whenever somebody asks, so that everything that can be kept is.
  now: () => (minutes += 61_000),
  progress: () => {
    calls += 1;
    if (calls === Number(number)) process.kill(process.pid, 'SIGKILL');
  },
});
