import { existsSync, readFileSync, statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkStudy } from './check-study.ts';
import { ConfigError } from './config-error.ts';
import { withImportedModel, type ImportedSizes } from './imported-model.ts';
import { applyOverrides } from './overrides.ts';
import { studySchema, type Study } from './schema.ts';

/** Names looked for in the working directory when none is given. */
export const CONFIG_NAMES = ['study.config.ts', 'study.config.js', 'study.config.json'] as const;

/**
 * Reads a study from a .ts or .js file (its default export) or a .json file, applies `--set` settings, checks it
 * and fills in its defaults. Relative paths are taken from the file's folder and made absolute.
 *
 * @param path a file, or a folder in which CONFIG_NAMES are looked for; null stands for the working directory
 * @param sizesOf reads the sizes of the model that a study imports
 * @throws {ConfigError} if there is no such file, it does not load, or it does not say what the schema asks for
 */
export async function loadStudy(
  path: string | null,
  settings: readonly string[],
  sizesOf: (folder: string) => Promise<ImportedSizes>,
): Promise<Study> {
  const file = findConfig(path);
  const raw = extname(file) === '.json' ? readJson(file) : await importDefault(file);
  // Settings may name an item of a default list, so they go onto the whole study where it is whole already.
  const whole = studySchema.safeParse(raw);
  const folder = dirname(file);
  const overridden = applyOverrides(whole.success ? whole.data : raw, settings);
  const study = checkStudy(await withImportedModel(overridden, folder, sizesOf));
  const { corpus, dictionaries } = study;
  return {
    ...study,
    corpus: { ...corpus, path: resolve(folder, corpus.path) },
    dictionaries: {
      ...dictionaries,
      imports: dictionaries.imports.map((item) => ({ ...item, path: resolve(folder, item.path) })),
      shards: dictionaries.shards.map((item) => ({ ...item, path: resolve(folder, item.path) })),
    },
  };
}

/** Names of the studies that a folder has. */
export function configsIn(folder: string): string[] {
  return CONFIG_NAMES.filter((name) => existsSync(join(folder, name)));
}

function findConfig(path: string | null): string {
  const named = resolve(path ?? '.');
  const stats = statSync(named, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new ConfigError(
      `config: expected a file, got no ${path}; name another, or write one with "monosema init"`,
    );
  if (!stats.isDirectory()) return named;
  const [found, ...others] = configsIn(named);
  if (found === undefined)
    throw new ConfigError(
      `config: expected one of ${CONFIG_NAMES.join(', ')} in ${named}, got none; name a file, or write one with "monosema init"`,
    );
  if (others.length > 0)
    throw new ConfigError(
      `config: expected one study in ${named}, got ${[found, ...others].join(' and ')}; name the file that is meant`,
    );
  return join(named, found);
}

function readJson(file: string): unknown {
  try {
    // Some editors of Windows begin a file with a byte order mark, which is no JSON.
    return JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new ConfigError(
      `config: expected JSON in ${file}, got "${(error as Error).message}"; mend the file`,
    );
  }
}

async function importDefault(file: string): Promise<unknown> {
  resolveOurselves();
  let study: unknown;
  try {
    // What is exported may be a promise, and may fail as the file may.
    study = await ((await import(pathToFileURL(file).href)) as { readonly default?: unknown }).default;
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`config: expected ${file} to load, got "${got}"; mend the file`, { cause: error });
  }
  if (study === undefined)
    throw new ConfigError(
      `config: expected a default export in ${file}, got none; write export default defineStudy({...})`,
    );
  return study;
}

let resolving = false;

/** Lets a configuration outside any workspace import defineStudy from the very installation that reads it. */
function resolveOurselves(): void {
  if (resolving) return;
  resolving = true;
  const url = import.meta.resolve('@monosema/trainer');
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === '@monosema/trainer' ? { url, shortCircuit: true } : next(specifier, context),
  });
}
