import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimRunFolder, runFolder } from './run-folder.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'monosema-run-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

describe('claimRunFolder', () => {
  it("makes a folder that does not exist the study's, and knows it again", () => {
    const run = runFolder(join(parent, 'out', 'demo'));
    claimRunFolder(run, 'demo');
    claimRunFolder(run, 'demo');
    expect(JSON.parse(readFileSync(join(run.root, 'study.json'), 'utf8'))).toEqual({
      tool: 'monosema',
      format: 1,
      study: 'demo',
    });
  });

  it('refuses the run of another study', () => {
    const run = { ...runFolder(parent), shown: 'out/demo' };
    claimRunFolder(run, 'demo');
    expect(() => claimRunFolder(run, 'other')).toThrow(
      'out/demo: expected a run of study "other", got one of "demo"; choose another --out, or delete the folder',
    );
  });

  it('refuses a run of another format', () => {
    const run = { ...runFolder(parent), shown: 'out/demo' };
    writeFileSync(join(parent, 'study.json'), JSON.stringify({ tool: 'monosema', format: 9, study: 'demo' }));
    expect(() => claimRunFolder(run, 'demo')).toThrow(
      'out/demo: expected run format 1, got 9, written by another version of monosema; choose another --out, or delete the folder',
    );
  });

  it.each(['', '{"tool": "mono'])('says how to mend a study.json that is damaged: %j', (text) => {
    const run = { ...runFolder(parent), shown: 'out/demo' };
    writeFileSync(join(parent, 'study.json'), text);
    expect(() => claimRunFolder(run, 'demo')).toThrow(
      'out/demo/study.json: expected JSON as monosema writes it, got a damaged file; if this is a run of study "demo", write {"tool":"monosema","format":1,"study":"demo"} into it, else choose another --out',
    );
    writeFileSync(join(parent, 'study.json'), '{"tool":"monosema","format":1,"study":"demo"}');
    claimRunFolder(run, 'demo');
  });

  it.each(['{}', '[]', 'null'])('refuses a study.json that is not ours: %s', (text) => {
    writeFileSync(join(parent, 'study.json'), text);
    expect(() => claimRunFolder({ ...runFolder(parent), shown: 'out/demo' }, 'demo')).toThrow(
      'out/demo: expected a run of monosema, got a study.json of something else; choose another --out, or delete the folder',
    );
  });

  it('writes nothing among the files of somebody else', () => {
    writeFileSync(join(parent, 'thesis.tex'), '');
    expect(() => claimRunFolder({ ...runFolder(parent), shown: '.' }, 'demo')).toThrow(
      '.: expected an empty folder or a run of study "demo", got a folder with other files; choose another --out',
    );
    expect(readdirSync(parent)).toEqual(['thesis.tex']);
  });

  it('takes an empty folder', () => {
    mkdirSync(join(parent, 'empty'));
    claimRunFolder(runFolder(join(parent, 'empty')), 'demo');
    expect(readdirSync(join(parent, 'empty'))).toEqual(['study.json']);
  });
});
