import { isDeepStrictEqual } from 'node:util';
import { zstdDecompressSync } from 'node:zlib';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { fileColumns, nestedFields, numberFields } from './columns.ts';
import type { ColumnName, ScalarColumns } from './columns.ts';
import { checkVersion } from './json-file.ts';
import { RecordsError, checked } from './records-error.ts';
import { featureRecord } from './schema.ts';
import type { FeatureRecord } from './schema.ts';

const compressors = { ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)) };
const recordColumns: string[] = [...numberFields, ...nestedFields];

/** Whole columns, or a part of them, in index order. */
export type Columns<Name extends ColumnName> = { [K in Name]: ScalarColumns[K][] };

/** Reads features.parquet by row groups, without holding more than one. */
export interface FeatureReader {
  /**
   * Features in index order. The first of every row group is checked against the schema, field by field; the others
   * were written with it, and are checked too where that one lacked a field.
   */
  features(): AsyncGenerator<FeatureRecord>;
  feature(index: number): Promise<FeatureRecord>;
  columns<Name extends ColumnName>(names: readonly Name[]): Promise<Columns<Name>>;
  /** The same a row group at a time. */
  columnParts<Name extends ColumnName>(names: readonly Name[]): AsyncGenerator<Columns<Name>>;
}

/**
 * Opens features.parquet.
 *
 * @param count features the dictionary's record promises
 * @throws {RecordsError} when the file is missing, is not Parquet, or is of another records version
 */
export async function openFeatures(path: string, count: number): Promise<FeatureReader> {
  const { file, metadata } = await openParquet(path);
  checkVersion(
    Number(metadata.key_value_metadata?.find(({ key }) => key === 'monosema.records')?.value) || undefined,
    path,
  );
  if (Number(metadata.num_rows) !== count) {
    throw new RecordsError(
      `${path}: expected ${count} features, as dictionary.json says, got ${metadata.num_rows}; write the records again`,
    );
  }
  const read = async (
    columns: string[],
    rowStart: number,
    rowEnd: number,
  ): Promise<Record<string, unknown>[]> => {
    try {
      return await parquetReadObjects({ file, metadata, columns, rowStart, rowEnd, compressors });
    } catch (error) {
      throw damaged(path, error);
    }
  };
  const plainRow = (row: Record<string, unknown> = {}): Record<string, unknown> => ({
    ...row,
    activeTokens: Number(row['activeTokens']),
  });
  const toFeature = (row: Record<string, unknown>, index: number): FeatureRecord =>
    checked(featureRecord, row, `${path}: feature ${index}`);
  async function* groups(columns: string[]) {
    let start = 0;
    for (const group of metadata.row_groups) {
      const end = start + Number(group.num_rows);
      yield { start, rows: await read(columns, start, end) };
      start = end;
    }
  }
  async function* columnParts<Name extends ColumnName>(
    names: readonly Name[],
  ): AsyncGenerator<Columns<Name>> {
    const unknown = names.find((name) => !fileColumns.some((column) => column.name === name));
    if (unknown) throw new RecordsError(`${path}: expected a column of features.parquet, got "${unknown}"`);
    for await (const { rows } of groups([...names])) {
      const part = Object.fromEntries(
        names.map((name) => [
          name,
          rows.map((row) => (name === 'activeTokens' ? Number(row[name]) : row[name])),
        ]),
      );
      yield part as Columns<Name>;
    }
  }
  return {
    async *features() {
      for await (const { start, rows } of groups(recordColumns)) {
        let whole = false;
        for (const [i, given] of rows.entries()) {
          const row = plainRow(given);
          if (whole) yield row as FeatureRecord;
          else {
            const feature = toFeature(row, start + i);
            whole = i === 0 && isDeepStrictEqual(feature, row);
            yield feature;
          }
        }
      }
    },
    async feature(index) {
      if (!Number.isInteger(index) || index < 0 || index >= count) {
        throw new RecordsError(`${path}: expected a feature from 0 to ${count - 1}, got ${index}`);
      }
      const [row] = await read(recordColumns, index, index + 1);
      return toFeature(plainRow(row), index);
    },
    async columns<Name extends ColumnName>(names: readonly Name[]) {
      const columns = Object.fromEntries(names.map((name) => [name, [] as unknown[]]));
      for await (const part of columnParts(names)) {
        for (const name of names) for (const value of part[name]) columns[name]!.push(value);
      }
      return columns as Columns<Name>;
    },
    columnParts,
  };
}

async function openParquet(path: string): Promise<{ file: AsyncBuffer; metadata: FileMetaData }> {
  try {
    const file = await asyncBufferFromFile(path);
    return { file, metadata: await parquetMetadataAsync(file) };
  } catch (error) {
    throw damaged(path, error);
  }
}

function damaged(path: string, error: unknown): RecordsError {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
    return new RecordsError(
      `${path}: expected the features of a dictionary, found no file; run the study first (monosema run)`,
    );
  }
  return new RecordsError(
    `${path}: expected a whole Parquet file, got a damaged one (${(error as Error).message}); write the records again`,
  );
}
