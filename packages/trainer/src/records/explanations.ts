import { existsSync, rmSync } from 'node:fs';
import { readJson, writeJson } from './json-file.ts';
import { layout } from './layout.ts';
import { checked } from './records-error.ts';
import {
  explanationsRecord,
  type DictionaryRecord,
  type ExplanationsRecord,
  type FeatureRecord,
} from './schema.ts';

/** What a language model said, by feature, and how its scores are distributed. */
export interface KnownExplanations {
  readonly of: ReadonlyMap<number, FeatureRecord['explanations'][number]>;
  readonly scores: DictionaryRecord['explanationScores'];
}

/** Writes explanations/A/1.json; throws a RecordsError when it does not fit the schema. */
export function writeExplanations(root: string, record: ExplanationsRecord): void {
  const path = layout.explanationsOf(root, record.dictionary);
  writeJson(path, checked(explanationsRecord, record, path));
}

/** Removes what was said of earlier features: whoever writes new ones calls this first. */
export function removeExplanations(root: string): void {
  rmSync(layout.explanations(root), { recursive: true, force: true });
}

/** Reads explanations/A/1.json; null where no language model was asked. */
export function readExplanations(root: string, id: string): KnownExplanations | null {
  const path = layout.explanationsOf(root, id);
  if (!existsSync(path)) return null;
  const { explainer, features, scores } = readJson(explanationsRecord, path);
  return {
    of: new Map(features.map(({ feature, ...rest }) => [feature, { explainer, ...rest }])),
    scores: [{ explainer, ...scores }],
  };
}
