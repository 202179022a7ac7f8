import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as core from './core.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const CORE = readFileSync(new URL('./core.ts', import.meta.url), 'utf8');

/** Values that core.ts exports from the folders of ops. */
const exportsOfOps = [...CORE.matchAll(/export \{([^}]*)\} from '\.\/ops\//g)].flatMap(([, names]) =>
  names!
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('type ')),
);

test('the table of ops in the README has every op, and says rightly which have a gradient', () => {
  expect(exportsOfOps.length).toBeGreaterThan(30);
  for (const name of exportsOfOps) {
    const value: unknown = Reflect.get(core, name);
    const isOp = typeof value === 'object' && value !== null && 'backward' in value;
    const row = README.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${name}\``));
    expect(row, `${name} is in no row`).toBeDefined();
    if (isOp) expect(row, name).toMatch(new RegExp(`^\\| \`${name}\`.*\\| yes +\\|$`));
    else expect(row, name).not.toMatch(new RegExp(`^\\| \`${name}\`.*\\| yes +\\|$`));
  }
});
