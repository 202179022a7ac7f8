import type { Gpu } from '@monosema/engine';
import type { StageContext } from '../artefacts/stage-context.ts';
import { CONTROL } from '../config/control.ts';
import type { Study } from '../config/schema.ts';
import { loadDictionary, type LoadedDictionary } from '../dictionary/dictionary-folder.ts';
import { loadModel } from '../model/model-folder.ts';
import { siteOf } from '../model/sites.ts';
import type { AnalysedModel } from './analysed-model.ts';

/** A model with its dictionaries, on the device. */
export interface LoadedModel {
  readonly model: AnalysedModel;
  readonly dictionaries: ReadonlyMap<string, LoadedDictionary>;
}

/** The models that are analysed: those of the study, and the control where dictionaries were trained on it. */
export function analysedLetters({ transformer, dictionaries: { list } }: Study): string[] {
  const controlled = list.some(({ id }) => id.startsWith(CONTROL));
  return [...transformer.models, ...(controlled ? [CONTROL] : [])];
}

/** Loads the models that are analysed, each with its dictionaries: those that were trained and those imported. */
export async function loadModels(gpu: Gpu, { study, run }: StageContext): Promise<LoadedModel[]> {
  const { list, imports } = study.dictionaries;
  const site = siteOf(study.dictionaries);
  const loaded: LoadedModel[] = [];
  for (const letter of analysedLetters(study)) {
    const model = { letter, site, ...loadModel(gpu, run.model(letter)) };
    const ids = [...list, ...imports].map(({ id }) => id).filter((id) => id.startsWith(`${letter}/`));
    const dictionaries = new Map<string, LoadedDictionary>();
    for (const id of ids) dictionaries.set(id, await loadDictionary(gpu, run.dictionary(id), id));
    loaded.push({ model, dictionaries });
  }
  return loaded;
}
