export * from './schema.ts';
export { RecordsError } from './records-error.ts';
export { dominantDomain, glimpsesOf } from './glimpses.ts';
export type { Glimpse } from './glimpses.ts';
export type { ColumnName, ScalarColumns } from './columns.ts';
export { ROW_GROUP, writeDictionary } from './dictionary-writer.ts';
export type { DictionaryWriter } from './dictionary-writer.ts';
export { openExams, writeExams } from './exams.ts';
export type { Exams } from './exams.ts';
export { removeExplanations, writeExplanations } from './explanations.ts';
export {
  openRecords,
  writeFinding,
  writePlaygroundRecord,
  writeStudy,
  writeText,
  writeVocabulary,
} from './folder.ts';
export {
  playgroundDictionaryFiles,
  playgroundModelFiles,
  playgroundTokenizerFile,
} from './playground-files.ts';
export type { WeightFiles } from './playground-files.ts';
export type { Findings, Records } from './folder.ts';
export { FINDINGS } from './layout.ts';
export type { FindingName } from './layout.ts';
