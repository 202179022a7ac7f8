export * from './schema.ts';
export { RecordsError } from './records-error.ts';
export { dominantDomain, glimpsesOf } from './glimpses.ts';
export type { Glimpse } from './glimpses.ts';
export type { ColumnName, ScalarColumns } from './columns.ts';
export { ROW_GROUP, writeDictionary } from './dictionary-writer.ts';
export type { DictionaryWriter } from './dictionary-writer.ts';
export { openRecords, writeStudy, writeVocabulary } from './folder.ts';
export type { Records } from './folder.ts';
