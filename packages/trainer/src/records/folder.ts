import { existsSync } from 'node:fs';
import type { z } from 'zod';
import type { ColumnName } from './columns.ts';
import { readExplanations, type KnownExplanations } from './explanations.ts';
import { openFeatures } from './feature-reader.ts';
import type { Columns, FeatureReader } from './feature-reader.ts';
import { readJson, writeJson } from './json-file.ts';
import { layout } from './layout.ts';
import { checked } from './records-error.ts';
import type { FindingName } from './layout.ts';
import {
  automataRecord,
  claimsRecord,
  dictionaryRecord,
  playgroundRecord,
  proxiesRecord,
  splitsRecord,
  steeringRecord,
  studyRecord,
  textRecord,
  textsRecord,
  vocabularyRecord,
} from './schema.ts';
import type {
  DictionaryRecord,
  FeatureRecord,
  PlaygroundRecord,
  StudyInput,
  StudyRecord,
  TextRecord,
  VocabularyRecord,
} from './schema.ts';

const findingSchemas = {
  proxies: proxiesRecord,
  splits: splitsRecord,
  automata: automataRecord,
  steering: steeringRecord,
  texts: textsRecord,
  claims: claimsRecord,
} as const;
/** The record of each finding, by the name of its file. */
export type Findings = { [Name in FindingName]: z.infer<(typeof findingSchemas)[Name]> };

/** Writes study.json of a records folder; throws a RecordsError when the study does not fit the schema. */
export function writeStudy(root: string, study: StudyInput): void {
  const path = layout.study(root);
  writeJson(path, checked(studyRecord, study, path));
}

/** Writes vocabulary.json of a records folder; throws a RecordsError when it does not fit the schema. */
export function writeVocabulary(root: string, vocabulary: VocabularyRecord): void {
  const path = layout.vocabulary(root);
  writeJson(path, checked(vocabularyRecord, vocabulary, path));
}

/** Writes one finding, as claims.json; throws a RecordsError when it does not fit its schema. */
export function writeFinding<Name extends FindingName>(
  root: string,
  name: Name,
  finding: Findings[Name],
): void {
  const path = layout.finding(root, name);
  writeJson(path, checked<unknown>(findingSchemas[name], finding, path));
}

/** Writes playground/playground.json; throws a RecordsError when it does not fit its schema. */
export function writePlaygroundRecord(root: string, playground: PlaygroundRecord): void {
  const path = layout.playground(root);
  writeJson(path, checked(playgroundRecord, playground, path));
}

/** Writes texts/ID.json; throws a RecordsError when it does not fit its schema. */
export function writeText(root: string, text: TextRecord): void {
  const path = layout.text(root, text.id);
  writeJson(path, checked(textRecord, text, path));
}

/** A records folder opened for reading. Everything is checked as it is read; a mismatch is a RecordsError. */
export interface Records {
  readonly root: string;
  study(): StudyRecord;
  vocabulary(): VocabularyRecord;
  dictionary(id: string): DictionaryRecord;
  /** What was found across features; null where the study did not look for it. */
  finding<Name extends FindingName>(name: Name): Findings[Name] | null;
  /** One of the texts that texts.json lists. */
  text(id: string): TextRecord;
  /** The models and dictionaries that are handed out with the records; null where there are none. */
  playground(): PlaygroundRecord | null;
  /** Features in index order, one row group in memory at a time. */
  features(id: string): AsyncGenerator<FeatureRecord>;
  /** One feature, by reading its row group. */
  feature(id: string, index: number): Promise<FeatureRecord>;
  /** Whole columns in index order, for lists. */
  columns<Name extends ColumnName>(id: string, names: readonly Name[]): Promise<Columns<Name>>;
  /** The same a row group at a time, for columns too large to hold. */
  columnParts<Name extends ColumnName>(id: string, names: readonly Name[]): AsyncGenerator<Columns<Name>>;
}

/**
 * Opens a records folder: study.json, vocabulary.json and, a dictionary, `A/1/dictionary.json` and
 * `A/1/features.parquet`.
 *
 * @throws {RecordsError} when the folder holds no study, or one of another records version
 */
export function openRecords(root: string): Records {
  const readers = new Map<string, Promise<FeatureReader>>();
  const readStudy = (): StudyRecord => readJson(studyRecord, layout.study(root));
  const explanations = new Map<string, KnownExplanations | null>();
  /** What a language model said of a dictionary, where one was asked. */
  const explained = (id: string): KnownExplanations | null => {
    if (!explanations.has(id)) explanations.set(id, readExplanations(root, id));
    return explanations.get(id)!;
  };
  const dictionary = (id: string): DictionaryRecord => {
    const record = readJson(dictionaryRecord, layout.dictionary(root, id));
    const scores = explained(id)?.scores ?? [];
    return { ...record, explanationScores: [...record.explanationScores, ...scores] };
  };
  const withExplanations = (id: string, feature: FeatureRecord): FeatureRecord => {
    const more = explained(id)?.of.get(feature.index);
    return more === undefined ? feature : { ...feature, explanations: [...feature.explanations, more] };
  };
  const reader = (id: string): Promise<FeatureReader> => {
    const opened = readers.get(id) ?? openFeatures(layout.features(root, id), dictionary(id).features);
    readers.set(id, opened);
    return opened;
  };
  readStudy();
  return {
    root,
    study: readStudy,
    vocabulary: () => readJson(vocabularyRecord, layout.vocabulary(root)),
    dictionary,
    finding: <Name extends FindingName>(name: Name) => {
      const path = layout.finding(root, name);
      return existsSync(path) ? (readJson<unknown>(findingSchemas[name], path) as Findings[Name]) : null;
    },
    text: (id) => readJson(textRecord, layout.text(root, id)),
    playground: () => {
      const path = layout.playground(root);
      return existsSync(path) ? readJson(playgroundRecord, path) : null;
    },
    async *features(id) {
      for await (const feature of (await reader(id)).features()) yield withExplanations(id, feature);
    },
    feature: async (id, index) => withExplanations(id, await (await reader(id)).feature(index)),
    columns: async (id, names) => (await reader(id)).columns(names),
    async *columnParts(id, names) {
      yield* (await reader(id)).columnParts(names);
    },
  };
}
