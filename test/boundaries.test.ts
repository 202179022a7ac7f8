import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { illegalArrows } from './boundaries/find-arrows.ts';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));

describe('the import law', () => {
  it('holds in this repository', () => {
    expect(illegalArrows(REPOSITORY)).toEqual([]);
  });
});

describe('a planted violation', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'monosema-law-'));
    plant(
      'packages/trainer/package.json',
      '{"dependencies":{"zod":"4","commander":"15","@monosema/engine":"1"}}',
    );
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function plant(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  it.each([
    ['engine/src/a.ts', "import { x } from '@monosema/trainer';", 'the engine knows no model and no page'],
    ['trainer/src/model/a.ts', "export * from '@monosema/report';", 'the trainer knows no page'],
    [
      'report/src/a.ts',
      "import {\n  x,\n} from '@monosema/trainer';",
      'the report knows feature records, not how they are made',
    ],
    [
      'report/src/a.astro',
      "---\nimport '@monosema/engine';\n---",
      'the report knows feature records, not how they are made',
    ],
    [
      'engine/src/a.ts',
      "import type { X } from '../../trainer/src/b.ts';",
      'a package reaches another through its name, not its files',
    ],
    ['engine/src/a.ts', "const x = await import('left-pad');", 'the package.json of engine does not name it'],
    [
      'trainer/src/tokens/a.ts',
      "import { x } from '../model/x.ts';",
      'model comes after tokens; a stage never imports a later one',
    ],
    ['trainer/src/model/a.ts', "import { x } from '../cli/x.ts';", 'nothing depends on the command line'],
    [
      'trainer/src/model/a.ts',
      "import { x } from '../records/x.ts';",
      'only the analysis writes feature records',
    ],
    ['trainer/src/artefacts/a.ts', "import { x } from '../text/x.ts';", 'artefacts know files, not stages'],
    [
      'trainer/src/records/a.ts',
      "import { x } from '../artefacts/x.ts';",
      'the report loads the records, and nothing else of the trainer',
    ],
    [
      'trainer/src/records/a.ts',
      "import { x } from '@monosema/engine';",
      'the report loads the records, and no GPU with them',
    ],
    [
      'trainer/src/records/a.ts',
      "import { x } from 'commander';",
      'the records use zod, hyparquet, hyparquet-writer alone',
    ],
    [
      'trainer/src/helpers/a.ts',
      "import { x } from '../text/x.ts';",
      'the room helpers has no place in the import law; give it one',
    ],
    [
      'trainer/src/dictionary/a.ts',
      "import { x } from '../pipeline.ts';",
      'only the command line knows the whole pipeline',
    ],
  ])('in packages/%s is found: %j', (path, text, why) => {
    plant(`packages/${path}`, text);
    const [arrow, ...others] = illegalArrows(root);
    expect(arrow).toMatch(new RegExp(`^packages/${path} imports .+: ${why}$`));
    expect(others).toEqual([]);
  });

  it('is told from what the law allows', () => {
    plant(
      'packages/trainer/src/analysis/a.ts',
      "import { x } from '../records/x.ts';\nimport { y } from '../model/y.ts';",
    );
    plant(
      'packages/trainer/src/cli/a.ts',
      "import { x } from '../pipeline.ts';\nimport { y } from 'commander';",
    );
    plant(
      'packages/trainer/src/tokens/a.test.ts',
      "import { x } from 'vitest';\nimport { y } from '../model/y.ts';",
    );
    plant(
      'packages/report/src/a.ts',
      "import { x } from '@monosema/trainer/records';\nimport { y } from 'node:fs';",
    );
    expect(illegalArrows(root)).toEqual([]);
  });
});
