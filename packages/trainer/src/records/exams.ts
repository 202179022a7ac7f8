import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { ParquetWriter, fileWriter } from 'hyparquet-writer';
import { jsonOf, ROW_GROUP } from './dictionary-writer.ts';
import { exam, type Exam } from './exam-schema.ts';
import { checkVersion } from './json-file.ts';
import { layout } from './layout.ts';
import { checked, RecordsError } from './records-error.ts';
import { RECORDS_VERSION } from './version.ts';

/**
 * Writes the exams of a dictionary's features, A/1/exams.parquet, a row group in memory at a time.
 *
 * @param examOf null for a feature with too few examples to be explained
 */
export function writeExams(
  root: string,
  id: string,
  features: number,
  examOf: (feature: number) => Exam | null,
): void {
  const path = layout.exams(root, id);
  const temporary = `${path}.partial`;
  mkdirSync(dirname(path), { recursive: true });
  const parquet = new ParquetWriter({
    writer: fileWriter(temporary),
    schema: [
      { name: 'root', num_children: 1 },
      { name: 'exam', type: 'BYTE_ARRAY', converted_type: 'JSON', repetition_type: 'OPTIONAL' },
    ],
    codec: 'ZSTD',
    compressors: { ZSTD: (input) => zstdCompressSync(input) },
    kvMetadata: [{ key: 'monosema.records', value: String(RECORDS_VERSION) }],
    createdBy: 'monosema',
  });
  for (let first = 0; first < features; first += ROW_GROUP) {
    const count = Math.min(ROW_GROUP, features - first);
    const data = Array.from({ length: count }, (_, i) => jsonOf(examOf(first + i)));
    void parquet.write({
      columnData: [{ name: 'exam', data, statistics: false, encoding: 'PLAIN' }],
      rowGroupSize: ROW_GROUP,
    });
  }
  void parquet.finish();
  const descriptor = openSync(temporary, 'r+');
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(temporary, path);
}

/** Exams of the features of one dictionary. */
export interface Exams {
  readonly features: number;
  /** Reads the row group of a feature; null where it has too few examples. */
  of(feature: number): Promise<Exam | null>;
}

/** Opens A/1/exams.parquet. @throws {RecordsError} if it is missing, damaged, or of another records version */
export async function openExams(root: string, id: string): Promise<Exams> {
  const path = layout.exams(root, id);
  if (!existsSync(path))
    throw new RecordsError(
      `${path}: expected the examples that explanations are made from, found no file; run the study first (monosema run)`,
    );
  const damaged = (error: unknown) =>
    new RecordsError(
      `${path}: expected a whole Parquet file, got a damaged one (${(error as Error).message}); write the records again`,
    );
  try {
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    const version = metadata.key_value_metadata?.find(({ key }) => key === 'monosema.records')?.value;
    checkVersion(Number(version) || undefined, path);
    return {
      features: Number(metadata.num_rows),
      of: async (feature) => {
        const compressors = { ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)) };
        const [row] = await parquetReadObjects({
          file,
          metadata,
          columns: ['exam'],
          rowStart: feature,
          rowEnd: feature + 1,
          compressors,
        }).catch((error: unknown) => {
          throw damaged(error);
        });
        return checked(exam.nullable(), row?.['exam'] ?? null, `${path}: feature ${feature}`);
      },
    };
  } catch (error) {
    throw error instanceof RecordsError ? error : damaged(error);
  }
}
