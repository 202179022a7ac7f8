import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { ParquetWriter, fileWriter } from 'hyparquet-writer';
import { fileColumns, parquetSchema, toRow } from './columns.ts';
import { writeJson } from './json-file.ts';
import { layout } from './layout.ts';
import { RecordsError, checked } from './records-error.ts';
import { RECORDS_VERSION, dictionaryRecord, featureRecord } from './schema.ts';
import type { DictionaryInput, FeatureInput, FeatureRecord } from './schema.ts';
import { wholeness } from './whole.ts';

/** Features a row group: what is held in memory while writing, and what is read to show one feature. */
export const ROW_GROUP = 64;

const isWhole = wholeness(featureRecord) as (feature: FeatureInput) => feature is FeatureRecord;

/** Takes the features of one dictionary in index order and writes them as they come. */
export interface DictionaryWriter {
  /**
   * Adds the next feature, which must stay as it is until the row group is written.
   *
   * @throws {RecordsError} when the feature is out of order or does not fit the schema; NaN and Infinity never do
   */
  append(feature: FeatureInput): void;
  /**
   * Writes the record of the dictionary and gives both files their names.
   *
   * @throws {RecordsError} when the record does not fit the schema or counts other features than were appended
   */
  finish(record: DictionaryInput): void;
  /** Removes what was written so far; does nothing after finish. */
  abort(): void;
}

/**
 * Says of a value what its JSON is. The writer of Parquet copies every object before it makes JSON of it, which takes
 * as long as the rest; one that has no prototype it leaves alone.
 */
export function jsonOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.assign(Object.create(null), { toJSON: () => value });
}

/**
 * Opens a writer for the features of one dictionary of a records folder.
 *
 * Memory is bounded by one row group. Nothing bears its final name before finish.
 */
export function writeDictionary(root: string, id: string): DictionaryWriter {
  const path = layout.features(root, id);
  const temporary = `${path}.partial`;
  mkdirSync(dirname(path), { recursive: true });
  const parquet = new ParquetWriter({
    writer: fileWriter(temporary),
    schema: parquetSchema,
    codec: 'ZSTD',
    compressors: { ZSTD: (input) => zstdCompressSync(input) },
    kvMetadata: [{ key: 'monosema.records', value: String(RECORDS_VERSION) }],
    createdBy: 'monosema',
  });
  let rows: Record<string, unknown>[] = [];
  let written = 0;
  let done = false;

  const flush = (): void => {
    if (rows.length === 0) return;
    const columnData = fileColumns.map(({ name, json }) => ({
      name,
      data: rows.map((row) => (json ? jsonOf(row[name]) : row[name])),
      // Bounds of JSON text serve nobody and would be kept in memory until the end.
      ...(json && { statistics: false, encoding: 'PLAIN' as const }),
    }));
    void parquet.write({ columnData, rowGroupSize: ROW_GROUP });
    rows = [];
  };

  return {
    append(feature) {
      const where = `${path}: feature ${written}`;
      const record = isWhole(feature) ? feature : checked(featureRecord, feature, where);
      if (record.index !== written) {
        throw new RecordsError(
          `${where}, field index: expected ${written}, got ${record.index}; append features in index order`,
        );
      }
      rows.push(toRow(record));
      written++;
      if (rows.length === ROW_GROUP) flush();
    },
    finish(record) {
      const where = layout.dictionary(root, id);
      const valid = checked(dictionaryRecord, record, where);
      if (valid.id !== id) {
        throw new RecordsError(
          `${where}, field id: expected "${id}", got "${valid.id}"; write it under its own id`,
        );
      }
      if (valid.features !== written) {
        throw new RecordsError(
          `${where}, field features: expected ${written}, the number appended, got ${valid.features}; append every feature`,
        );
      }
      flush();
      void parquet.finish();
      const descriptor = openSync(temporary, 'r+');
      fsyncSync(descriptor);
      closeSync(descriptor);
      renameSync(temporary, path);
      writeJson(where, valid);
      done = true;
    },
    abort() {
      if (!done) rmSync(temporary, { force: true });
    },
  };
}
