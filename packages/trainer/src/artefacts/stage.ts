import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Gpu } from '@monosema/engine';
import { changedKeys } from './changed-keys.ts';
import type { CodeVersion } from './code-version.ts';
import { recovering } from './recover.ts';
import { RUN_FORMAT } from './run-folder.ts';
import type { Facts, RunEffects } from './stage-context.ts';
import { readStageRecord, writeStageRecord, type StageRecord, type StageResult } from './stage-file.ts';
import {
  damagedOutput,
  describeOutputs,
  hashOutputs,
  missingOutput,
  removeOutputs,
} from './stage-outputs.ts';

/** A stage of a run: where it works, and all that decides its results. */
export interface Stage {
  /** as `train-model A` */
  readonly name: string;
  readonly folder: string;
  /** the folder as the user would write it, for messages */
  readonly shown: string;
  /** what of the study the stage depends on; JSON */
  readonly config: unknown;
  readonly seed: number;
  readonly inputs: readonly { readonly stage: string; readonly hash: string }[];
  readonly version: CodeVersion;
}

/** What the stage's work is handed; see StageContext. */
export interface StageRoom {
  readonly checkpoint: string;
  device(): Promise<Gpu>;
}

/** How a stage's folder stands to what it should be. */
export interface StageStanding {
  readonly state: 'up to date' | 'interrupted' | 'changed' | 'missing';
  /** what changed, in words; empty unless changed */
  readonly reason: string;
  readonly record: StageRecord | null;
}

/** Looks whether a stage has been run as it is now. @throws {RunFolderError} see readStageRecord */
export function inspectStage(stage: Stage): StageStanding {
  const record = readStageRecord(stage.folder, stage.shown);
  if (record === null) return { state: 'missing', reason: '', record };
  if (record.key !== keyOf(stage)) return { state: 'changed', reason: whatChanged(stage, record), record };
  if (record.state === 'running') return { state: 'interrupted', reason: '', record };
  const missing = missingOutput(stage.folder, record.outputs);
  if (missing !== null) return { state: 'changed', reason: missing, record };
  return { state: 'up to date', reason: '', record };
}

/**
 * Looks at every byte that a finished stage wrote, as what reads them will believe them. Where one is not as it was, all
 * of them are removed, so that the stage is run again, and this is said.
 *
 * @returns whether they are as they were
 */
export async function checkOutputs(
  { folder, outputs }: StageResult,
  shown: string,
  say: (line: string) => void,
): Promise<boolean> {
  const damaged = await damagedOutput(folder, outputs);
  if (damaged === null) return true;
  const record = readStageRecord(folder, shown)!;
  say(`${shown}/${damaged}: expected the bytes that ${record.stage} wrote, got others; it is done again`);
  removeOutputs(folder, record);
  return false;
}

/**
 * Runs a stage, unless its folder holds the results of the same configuration, inputs and code.
 *
 * Results of another configuration, inputs or code of the same study are removed and made again, said in one
 * line. A stage that was interrupted goes on from its checkpoint. stage.json says `running` until the last
 * output is complete, so a crash at any moment leaves nothing that looks finished and is not.
 *
 * @throws {RunFolderError} if the folder was written by another tool or another format
 */
export async function runStage(
  stage: Stage,
  effects: RunEffects,
  device: () => Promise<Gpu>,
  work: (room: StageRoom) => Promise<Facts>,
): Promise<StageResult> {
  const { state, reason, record } = inspectStage(stage);
  const { name, folder, shown } = stage;
  if (state === 'up to date') {
    const result = { ...record!, folder };
    effects.say(`${name}: up to date (${shown})`);
    effects.finished(result, true);
    return result;
  }
  effects.signal.throwIfAborted();
  if (state === 'changed') {
    effects.say(`${reason}: redoing ${name}`);
    removeOutputs(folder, record!);
  }
  const checkpoint = join(folder, 'checkpoint');
  mkdirSync(checkpoint, { recursive: true });
  if (state === 'interrupted' && readdirSync(checkpoint).length > 0)
    effects.say(`${name}: going on from its checkpoint`);

  effects.started(name);
  const started = effects.now();
  const earlier = state === 'interrupted' ? record!.seconds : 0;
  let adapter: StageRecord['adapter'] = state === 'interrupted' ? record!.adapter : null;
  // What has begun with some kernels goes on with them: others may add in another order.
  let kernels: StageRecord['kernels'] = state === 'interrupted' ? record!.kernels : {};
  let watched: Gpu | null = null;
  const elapsed = (): number => earlier + (effects.now() - started) / 1000;
  const describe = (
    rest: Pick<StageRecord, 'state' | 'facts' | 'outputs' | 'hash'>,
    seconds = elapsed(),
  ): StageRecord => ({
    tool: 'monosema',
    format: RUN_FORMAT,
    stage: name,
    key: keyOf(stage),
    config: stage.config,
    seed: stage.seed,
    inputs: stage.inputs.map((input) => ({ stage: input.stage, hash: input.hash })),
    version: { monosema: stage.version.monosema, code: stage.version.code },
    adapter,
    kernels,
    seconds,
    ...rest,
  });
  const unfinished = { state: 'running', facts: {}, outputs: [], hash: '' } as const;
  writeStageRecord(folder, describe({ ...unfinished, outputs: [] }));
  let facts: Facts;
  try {
    const opened = async (): Promise<Gpu> => {
      const gpu = await device();
      if (gpu === watched) return gpu;
      watched = gpu;
      const found = { name: gpu.name, class: gpu.adapterClass, driver: gpu.driver };
      if (hashJson(adapter) !== hashJson(found)) kernels = {};
      adapter = found;
      gpu.tuning.begin(kernels, (chosen) => {
        kernels = chosen;
        writeStageRecord(folder, describe({ ...unfinished, outputs: [] }, earlier));
      });
      return gpu;
    };
    facts = await recovering(name, effects, opened, (open) => work({ checkpoint, device: open }));
  } catch (error) {
    // Only for the time spent; on a full disk the record of the start stands as it is.
    try {
      writeStageRecord(folder, describe({ ...unfinished, outputs: [] }));
    } catch {}
    throw error;
  }
  const outputs = await describeOutputs(folder);
  const done = describe({ state: 'done', facts: { ...facts }, outputs, hash: hashOutputs(outputs) });
  writeStageRecord(folder, done);
  rmSync(checkpoint, { recursive: true, force: true });
  const result = { ...done, folder };
  effects.finished(result, false);
  return result;
}

function keyOf({ config, seed, inputs, version }: Stage): string {
  return hashJson([
    RUN_FORMAT,
    config,
    seed,
    inputs.map(({ stage, hash }) => [stage, hash]),
    version.monosema,
    version.code,
  ]);
}

function whatChanged({ config, seed, inputs, version }: Stage, record: StageRecord): string {
  const changed: string[] = [];
  if (hashJson(config) !== hashJson(record.config))
    changed.push(`config (${changedKeys(record.config, config)})`);
  if (seed !== record.seed) changed.push('seed');
  for (const { stage, hash } of inputs)
    if (record.inputs.find((input) => input.stage === stage)?.hash !== hash) changed.push(stage);
  if (version.monosema !== record.version.monosema) changed.push('version of monosema');
  else if (version.code !== record.version.code) changed.push('code');
  return `${changed.join(' and ') || 'inputs'} changed`;
}

/** SHA-256 of a JSON value, whatever the order of its keys. */
export function hashJson(value: unknown): string {
  const sorted = JSON.stringify(value, (_, item: unknown) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
  return createHash('sha256').update(sorted).digest('hex');
}
