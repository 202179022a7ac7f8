// Trains the tiny study's model and dictionaries with a checkpoint after every step, and goes on from where an earlier
// process was killed; a program of its own, so that a test can kill it: node train-in-pieces.ts ROOT RUN. It writes a
// line when a step begins, by which time the checkpoint of the step before is on the disk.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { runFolder } from '../../artefacts/run-folder.ts';
import { runStage } from '../../artefacts/stage.ts';
import type { StageWork } from '../../artefacts/stage-context.ts';
import { trainDictionaryStage } from '../../dictionary/train-dictionary-stage.ts';
import { tinyStudy } from '../../model/testing/tiny-run.ts';
import { trainModelStage } from '../../model/train-model-stage.ts';
import { lazyDevice } from '../device.ts';

const [root, name] = process.argv.slice(2) as [string, string];
const study = tinyStudy(join(root, 'corpus.jsonl'));
const run = runFolder(join(root, name));
const device = lazyDevice({}, () => {});
const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function go(stage: string, folder: string, work: StageWork): Promise<void> {
  let [minutes, recording, asked] = [0, false, 0];
  // A stage asks for the time once at its start, then at each step, and once more after each checkpoint.
  const now = (): number => {
    if (recording) {
      asked += 1;
      if (asked % 2 === 0) {
        writeSync(1, `${stage}\n`);
        minutes += 1;
      }
    }
    return 61_000 * minutes;
  };
  const effects = {
    say,
    progress: () => {},
    started: () => {},
    finished: () => {},
    now,
    signal: new AbortController().signal,
  };
  const inputs = { config: {}, seed: 17, inputs: [], version: { monosema: '0', code: '0' } };
  await runStage({ name: stage, folder, shown: folder, ...inputs }, effects, device.open, async (room) => {
    const context = { ...effects, ...room, study, run, model: 'A', folder, seed: 17, inputs: [] };
    recording = true;
    const facts = await work({ ...context, progress: () => {} });
    recording = false;
    return facts;
  });
}

await go('model', run.model('A'), trainModelStage);
await go('dictionaries', run.dictionaries('A'), trainDictionaryStage);
device.close();
