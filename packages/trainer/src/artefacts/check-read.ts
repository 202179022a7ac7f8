import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RunFolderError } from './run-folder-error.ts';
import { readStageRecord } from './stage-file.ts';
import { damagedOutput, missingOutput } from './stage-outputs.ts';

/**
 * Looks at the bytes of what is about to be read of a stage that ran before, and at no other of its files, which may be
 * far larger. A folder without stage.json, or whose stage still runs, says nothing of its files and passes.
 *
 * @param folder of the stage
 * @param shown the folder as the user would write it
 * @param name of a file in it, or of a folder of files
 * @throws {RunFolderError} naming the first file that is missing or not as it was written
 */
export async function checkRead(folder: string, shown: string, name = ''): Promise<void> {
  if (!existsSync(folder)) return;
  const record = readStageRecord(folder, shown);
  if (record === null || record.state === 'running') return;
  const read = record.outputs.filter(({ path }) => name === '' || `${path}/`.startsWith(`${name}/`));
  const missing = missingOutput(folder, read);
  const damaged = missing === null ? await damagedOutput(folder, read) : null;
  const got = missing ?? (damaged === null ? null : `other bytes in ${damaged}`);
  if (got !== null)
    throw new RunFolderError(
      `${join(shown, name)}: expected the files that ${record.stage} wrote, got ${got}; run the study again, which makes them anew`,
    );
}
