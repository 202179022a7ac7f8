import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeJsonAtomically } from './atomic-file.ts';
import { RUN_FORMAT } from './run-folder.ts';
import { RunFolderError } from './run-folder-error.ts';

const input = z.strictObject({ stage: z.string(), hash: z.string().describe('of what the stage wrote') });

const stageRecord = z.strictObject({
  tool: z.literal('monosema'),
  format: z.literal(RUN_FORMAT),
  stage: z.string(),
  state: z.enum(['running', 'done']),
  key: z
    .string()
    .describe('SHA-256 of config, seed, inputs and version: the same key means the same results'),
  config: z.unknown().describe('what of the resolved configuration the stage depends on'),
  seed: z.int(),
  inputs: z.array(input),
  version: z.strictObject({
    monosema: z.string(),
    code: z.string().describe('hash of the sources the stage runs'),
  }),
  adapter: z.strictObject({ name: z.string(), class: z.string(), driver: z.string() }).nullable(),
  kernels: z
    .record(z.string(), z.string())
    .default({})
    .describe('what products were computed with, by class of products'),
  seconds: z.number().describe('wall time, all attempts together'),
  facts: z.record(z.string(), z.unknown()),
  outputs: z.array(z.strictObject({ path: z.string(), bytes: z.int(), sha256: z.string() })),
  hash: z.string().describe('SHA-256 over the outputs'),
});

/** What stage.json says about a stage's folder. */
export type StageRecord = z.infer<typeof stageRecord>;
export type StageOutput = StageRecord['outputs'][number];

/** A finished stage, as later ones see it. */
export interface StageResult extends StageRecord {
  readonly folder: string;
}

export function writeStageRecord(folder: string, record: StageRecord): void {
  writeJsonAtomically(join(folder, 'stage.json'), record);
}

/**
 * Reads a folder's stage.json.
 *
 * @returns null where there is none
 * @throws {RunFolderError} if another tool or another version of monosema wrote it, or it is damaged
 */
export function readStageRecord(folder: string, shown: string): StageRecord | null {
  const path = join(folder, 'stage.json');
  if (!existsSync(path)) return null;
  const remedy = 'choose another --out, or delete the folder';
  // What it says may be all that is lost, and the stage may have taken days: whoever has a copy can put it back.
  const damaged = (expected: string, got: string): RunFolderError =>
    new RunFolderError(
      `${shown}/stage.json: expected ${expected}, got ${got}; put a copy of the file back, or delete ${shown}, and this stage is done again`,
    );
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw damaged('JSON as monosema writes it', 'a damaged file');
  }
  const head = z.looseObject({ tool: z.unknown(), format: z.unknown() }).safeParse(value).data;
  if (head?.tool !== 'monosema')
    throw new RunFolderError(
      `${shown}/stage.json: expected a file of monosema, got one of something else; ${remedy}`,
    );
  if (head.format !== RUN_FORMAT)
    throw new RunFolderError(
      `${shown}/stage.json: expected run format ${RUN_FORMAT}, got ${JSON.stringify(head.format)}, written by another version of monosema; ${remedy}`,
    );
  const record = stageRecord.safeParse(value);
  if (record.success) return record.data;
  const field = record.error.issues[0]?.path.map(String).join('.') ?? '';
  throw damaged('what monosema writes', `another ${field}`);
}
