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

/** Reads features.parquet by row groups, without holding more than one. */
export interface FeatureReader {
  features(): AsyncGenerator<FeatureRecord>;
  feature(index: number): Promise<FeatureRecord>;
  columns<Name extends ColumnName>(names: readonly Name[]): Promise<{ [K in Name]: ScalarColumns[K][] }>;
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
  const toFeature = (row: Record<string, unknown>, index: number): FeatureRecord =>
    checked(
      featureRecord,
      { ...row, activeTokens: Number(row['activeTokens']) },
      `${path}: feature ${index}`,
    );
  return {
    async *features() {
      let start = 0;
      for (const group of metadata.row_groups) {
        const end = start + Number(group.num_rows);
        const rows = await read(recordColumns, start, end);
        for (let i = 0; i < rows.length; i++) yield toFeature(rows[i] ?? {}, start + i);
        start = end;
      }
    },
    async feature(index) {
      if (!Number.isInteger(index) || index < 0 || index >= count) {
        throw new RecordsError(`${path}: expected a feature from 0 to ${count - 1}, got ${index}`);
      }
      const [row] = await read(recordColumns, index, index + 1);
      return toFeature(row ?? {}, index);
    },
    async columns(names) {
      const unknown = names.find((name) => !fileColumns.some((column) => column.name === name));
      if (unknown) throw new RecordsError(`${path}: expected a column of features.parquet, got "${unknown}"`);
      const columns: Record<string, unknown[]> = Object.fromEntries(names.map((name) => [name, []]));
      for (const row of await read([...names], 0, count)) {
        for (const name of names)
          columns[name]?.push(name === 'activeTokens' ? Number(row[name]) : row[name]);
      }
      return columns as never;
    },
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
