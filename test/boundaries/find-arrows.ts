import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { PACKAGES, RECORDS_MAY, whyNotRoom } from './import-law.ts';

const IMPORTS = [
  /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm,
  /^\s*import\s*['"]([^'"]+)['"]/gm,
  /\bimport\(\s*['"]([^'"]+)['"]/g,
];

/** Every import below `root/packages` that the law forbids, in words. */
export function illegalArrows(root: string): string[] {
  return Object.keys(PACKAGES).flatMap((name) => {
    const sources = join(root, 'packages', name, 'src');
    if (!existsSync(sources)) return [];
    const manifest = readManifest(join(root, 'packages', name, 'package.json'));
    return sourceFiles(sources).flatMap((file) =>
      importsOf(join(sources, file)).flatMap((specifier) => {
        const why = specifier.startsWith('.')
          ? whyNotFile(name, sources, file, specifier)
          : whyNotPackage(name, file, specifier, manifest);
        return why === null ? [] : [`packages/${name}/src/${file} imports ${specifier}: ${why}`];
      }),
    );
  });
}

interface Manifest {
  readonly always: readonly string[];
  readonly inTests: readonly string[];
}

function readManifest(path: string): Manifest {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '{}';
  const named = JSON.parse(text) as Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;
  const keys = (field: string): string[] => Object.keys(named[field] ?? {});
  return {
    always: [...keys('dependencies'), ...keys('optionalDependencies'), ...keys('peerDependencies')],
    inTests: [...keys('devDependencies'), 'vitest'],
  };
}

function sourceFiles(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .map((name) => name.split(sep).join('/'))
    .filter((name) => /\.(ts|astro|mjs)$/.test(name))
    .toSorted();
}

function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return IMPORTS.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1]!));
}

const roomOf = (file: string): string => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '(root)');

function whyNotFile(name: string, sources: string, file: string, specifier: string): string | null {
  const target = relative(sources, join(sources, dirname(file), specifier))
    .split(sep)
    .join('/');
  // Prose is nobody's code: the method page shows docs/method.md.
  if (target.startsWith('../') && target.endsWith('.md')) return null;
  if (target.startsWith('../')) return 'a package reaches another through its name, not its files';
  // A test may use whatever shows that its room works.
  return name === 'trainer' && !isTest(file) ? whyNotRoom(roomOf(file), roomOf(target)) : null;
}

function whyNotPackage(name: string, file: string, specifier: string, manifest: Manifest): string | null {
  const { own, ours, why } = PACKAGES[name]!;
  if (/^(node:|virtual:|astro:)/.test(specifier) || specifier === own || specifier.startsWith(`${own}/`))
    return null;
  if (specifier.startsWith('@monosema/')) {
    if (
      !ours.some(
        (allowed) =>
          specifier === allowed || (allowed === '@monosema/engine' && specifier.startsWith(`${allowed}/`)),
      )
    )
      return why;
    return name === 'trainer' && roomOf(file) === 'records'
      ? 'the report loads the records, and no GPU with them'
      : null;
  }
  const dependency = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (isTest(file) && manifest.inTests.includes(dependency)) return null;
  if (!manifest.always.includes(dependency)) return `the package.json of ${name} does not name it`;
  if (name === 'trainer' && roomOf(file) === 'records' && !RECORDS_MAY.includes(dependency))
    return `the records use ${RECORDS_MAY.join(', ')} alone`;
  return null;
}

const isTest = (file: string): boolean => /\.test\.ts$|(^|\/)testing\//.test(file);
