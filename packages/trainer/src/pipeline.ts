/**
 * Runs the stages of a study. A stage is run by the modules named here and known to this file alone; they talk to each
 * other through files and facts.
 */
import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import type { Gpu } from '@monosema/engine';
import { codeVersion } from './artefacts/code-version.ts';
import { fingerprint } from './artefacts/fingerprint.ts';
import { claimRunFolder, type RunFolder } from './artefacts/run-folder.ts';
import { lockRunFolder } from './artefacts/run-lock.ts';
import type { Progress, RunEffects, StageWork } from './artefacts/stage-context.ts';
import { checkOutputs, inspectStage, runStage, type Stage, type StageStanding } from './artefacts/stage.ts';
import type { StageResult } from './artefacts/stage-file.ts';
import { CONTROL } from './config/control.ts';
import type { Study } from './config/schema.ts';
import { modelOf, planStudy, type PlannedStage, type StageKind } from './plan-study.ts';
import type { TokenizeFacts } from './tokens/tokenize-stage.ts';

/** Folders of the sources that make a stage's results, and whether the engine's kernels do. */
const CODE: Readonly<Record<StageKind, { readonly rooms: readonly string[]; readonly engine: boolean }>> = {
  tokenize: { rooms: ['random', 'text', 'tokens'], engine: false },
  'train-model': { rooms: ['random', 'tokens', 'model'], engine: true },
  harvest: { rooms: ['random', 'tokens', 'model', 'activations'], engine: true },
  'train-dictionary': { rooms: ['random', 'tokens', 'model', 'activations', 'dictionary'], engine: true },
  analyze: {
    rooms: ['random', 'tokens', 'model', 'activations', 'dictionary', 'sampling', 'analysis', 'records'],
    engine: true,
  },
  explain: { rooms: ['random', 'analysis', 'records', 'autointerp'], engine: false },
};

async function loadWork({ kind, model }: PlannedStage, study: Study): Promise<StageWork> {
  switch (kind) {
    case 'tokenize':
      return (await import('./tokens/tokenize-stage.ts')).tokenizeStage;
    case 'train-model':
      if (model === CONTROL) return (await import('./model/shuffle-model-stage.ts')).shuffleModelStage;
      if (study.transformer.import !== null)
        return (await import('./model/import-model-stage.ts')).importModelStage;
      return (await import('./model/train-model-stage.ts')).trainModelStage;
    case 'harvest':
      return (await import('./activations/harvest-stage.ts')).harvestStage;
    case 'train-dictionary':
      return (await import('./dictionary/train-dictionary-stage.ts')).trainDictionaryStage;
    case 'analyze':
      return (await import('./analysis/analyse-stage.ts')).analyseStage;
    case 'explain':
      return (await import('./autointerp/explain-stage.ts')).explainStage;
  }
}

/**
 * Runs a study's stages up to a kind, leaving out those that are up to date.
 *
 * @param device opens the run's GPU on the first call and gives the same one after
 * @throws {RunFolderError | CorpusError | Interrupted} as well as what the stages throw
 */
export async function runStudy(
  study: Study,
  run: RunFolder,
  until: StageKind,
  effects: RunEffects,
  device: () => Promise<Gpu>,
): Promise<StageResult[]> {
  const plan = planStudy(study, run, until);
  const outside = await outsideInputs(study, plan);
  claimRunFolder(run, study.name);
  using _lock = lockRunFolder(run);
  const results = new Map<string, StageResult>();
  // Stages whose files have been read through; of the others, those that no stage will read are taken by their sizes.
  const sound = new Set<string>();
  const inputsOf = ({ inputs }: PlannedStage): StageResult[] => inputs.map((name) => results.get(name)!);
  const stageOf = (planned: PlannedStage): Stage =>
    withInputs(planned, study, run, [...inputsOf(planned), ...outside.get(planned.name)!]);
  const finish = async (planned: PlannedStage): Promise<void> => {
    const { state, record } = inspectStage(stageOf(planned));
    // The report looks at none of the bytes that it publishes.
    const whole =
      state === 'up to date' &&
      (!PUBLISHED.includes(planned.kind) ||
        (await checkOutputs({ ...record!, folder: planned.folder }, stageOf(planned).shown, (line) =>
          effects.say(line),
        )));
    if (!whole) {
      for (const input of plan.filter(({ name }) => planned.inputs.includes(name) && !sound.has(name)))
        if (
          !(await checkOutputs(results.get(input.name)!, stageOf(input).shown, (line) => effects.say(line)))
        )
          await finish(input);
        else sound.add(input.name);
      sound.add(planned.name);
    }
    const stage = stageOf(planned);
    const inputs = inputsOf(planned);
    const result = await runStage(stage, effects, device, async (room) => {
      const work = await loadWork(planned, study);
      const { model, folder } = planned;
      const progress = (made: Progress): void => effects.progress(planned.name, made);
      return work({ ...effects, ...room, progress, study, run, model, folder, seed: stage.seed, inputs });
    });
    results.set(planned.name, result);
    if (planned.kind === 'tokenize' && plan.some(({ kind }) => kind === 'analyze')) {
      const { domains } = result.facts as unknown as TokenizeFacts;
      const unknown = (await import('./analysis/text/unknown-labels.ts')).unknownLabels(
        study.analysis,
        domains.map(({ domain }) => domain),
      );
      if (unknown !== null) effects.say(unknown);
    }
    if (planned.kind === 'tokenize' && plan.some(({ kind }) => kind === 'train-dictionary'))
      (await import('./activations/text-for-vectors.ts')).checkText(
        study,
        Number(result.facts['trainTokens']),
      );
  };
  for (const planned of plan) await finish(planned);
  return [...results.values()];
}

/** Stages whose files the report reads. */
const PUBLISHED: readonly StageKind[] = ['analyze', 'explain'];

/** A stage with how its folder stands. */
export interface PlannedStanding extends StageStanding {
  readonly stage: string;
  readonly folder: string;
}

/** How each stage of a study stands, without running any; a stage after a changed one is judged by what is there. */
export async function studyStanding(study: Study, run: RunFolder): Promise<PlannedStanding[]> {
  const plan = planStudy(study, run);
  const outside = await outsideInputs(study, plan);
  const hashes = new Map<string, string>();
  return plan.map((planned) => {
    const inputs = planned.inputs.map((stage) => ({ stage, hash: hashes.get(stage) ?? '' }));
    const stage = withInputs(planned, study, run, [...inputs, ...outside.get(planned.name)!]);
    const standing = inspectStage(stage);
    hashes.set(planned.name, standing.record?.hash ?? '');
    return { stage: planned.name, folder: stage.shown, ...standing };
  });
}

function withInputs(planned: PlannedStage, study: Study, run: RunFolder, inputs: Stage['inputs']): Stage {
  const { rooms, engine } = CODE[planned.kind];
  return {
    name: planned.name,
    folder: planned.folder,
    shown:
      relative(run.root, planned.folder) === ''
        ? run.shown
        : `${run.shown}/${relative(run.root, planned.folder)}`,
    config: planned.config,
    seed: stageSeed(study.seed, planned.name),
    inputs,
    version: codeVersion(rooms, engine),
  };
}

/** A seed for each stage, so that two models of one study differ and no two streams of numbers are the same. */
function stageSeed(seed: number, stage: string): number {
  return createHash('sha256').update(`${seed}/${stage}`).digest().readUInt32LE(0);
}

/** Files from elsewhere that count. */
const FOREIGN = /\.(json|safetensors|npz)$/;

/** What stages read that no stage wrote, by the stage's name. */
async function outsideInputs(
  study: Study,
  plan: readonly PlannedStage[],
): Promise<ReadonlyMap<string, Stage['inputs']>> {
  const { corpusFingerprint } = await import('./text/fingerprint.ts');
  const { transformer, dictionaries } = study;
  const input = (stage: string, path: string) => ({ stage, hash: fingerprint(path, FOREIGN) });
  const model = transformer.import === null ? [] : [input('imported model', transformer.import)];
  const read = ({ kind, model: letter }: PlannedStage): Stage['inputs'] => {
    switch (kind) {
      case 'tokenize':
        return [{ stage: 'corpus', hash: corpusFingerprint(study.corpus.path) }, ...model];
      case 'train-model':
        return letter === CONTROL ? [] : model;
      case 'train-dictionary':
        return [
          ...dictionaries.imports
            .filter(({ id }) => modelOf(id) === letter)
            .map(({ id, path }) => input(`imported ${id}`, path)),
          ...dictionaries.shards
            .filter((item) => item.model === letter)
            .map(({ path }) => input(`activation shards ${letter}`, path)),
        ];
      case 'harvest':
      case 'analyze':
      case 'explain':
        return [];
    }
  };
  return new Map(plan.map((planned) => [planned.name, read(planned)]));
}
