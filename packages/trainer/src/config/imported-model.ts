import { resolve } from 'node:path';
import { ConfigError } from './config-error.ts';
import { demo } from './presets.ts';
import type { StudyInput } from './schema.ts';

/** The keys of `transformer` that an imported model decides, and the most positions that it has. */
export interface ImportedSizes {
  readonly layers: number;
  readonly dModel: number;
  readonly heads: number;
  readonly dMlp: number;
  readonly activation: NonNullable<NonNullable<StudyInput['transformer']>['activation']>;
  readonly positions: number;
}

/**
 * Puts the sizes of an imported model into a study as its author wrote it. There is one model then, of the first letter.
 *
 * @param folder that a relative path is taken from
 * @param sizesOf reads the sizes of a model's folder; what it throws is passed on
 * @throws {ConfigError} if a context is longer than the model's
 */
export async function withImportedModel(
  study: unknown,
  folder: string,
  sizesOf: (path: string) => Promise<ImportedSizes>,
): Promise<unknown> {
  const { transformer } = (study ?? {}) as { readonly transformer?: Readonly<Record<string, unknown>> };
  const named = transformer?.['import'];
  if (typeof named !== 'string' || named === '') return study;
  const path = resolve(folder, named);
  const { positions, ...sizes } = await sizesOf(path);
  const { context = demo.transformer.context, models } = transformer!;
  if (typeof context === 'number' && context > positions)
    throw new ConfigError(
      `config: transformer.context: expected at most the ${positions} positions of ${path}, got ${context}`,
    );
  return {
    ...(study as object),
    transformer: {
      ...transformer,
      ...sizes,
      import: path,
      models: Array.isArray(models) ? models.slice(0, 1) : ['A'],
    },
  };
}
