import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Gpu } from '@monosema/engine';
import { Tuning } from '@monosema/engine/browser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Interrupted } from './interrupted.ts';
import type { Facts } from './stage-context.ts';
import { inspectStage, runStage, type Stage, type StageRoom } from './stage.ts';
import type { StageResult } from './stage-file.ts';

let folder: string;
let said: string[];
let clock: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-stage-'));
  said = [];
  clock = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const stageOf = (change: Partial<Stage> = {}): Stage => ({
  name: 'train-model A',
  folder,
  shown: 'out/demo/models/A',
  config: { layers: 1 },
  seed: 7,
  inputs: [{ stage: 'tokenize', hash: 'aa' }],
  version: { monosema: '0.1.0', code: 'c0de' },
  ...change,
});

const noDevice = (): Promise<Gpu> => Promise.reject(new Error('this stage asks for no device'));

function run(
  stage: Stage,
  work: (room: StageRoom) => Facts | Promise<Facts>,
  signal: AbortSignal = new AbortController().signal,
  device = noDevice,
): Promise<StageResult> {
  const effects = {
    say: (line: string) => void said.push(line),
    progress: () => {},
    started: () => {},
    finished: () => {},
    now: () => (clock += 500),
    signal,
  };
  return runStage(stage, effects, device, async (room) => work(room));
}

function write(name: string, text: string): void {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const record = (): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, 'stage.json'), 'utf8')) as Record<string, unknown>;

function works(text = 'weights'): () => Facts {
  return () => {
    write('model.safetensors', text);
    write('deep/config.json', '{}');
    return { loss: 5 };
  };
}

const neverRuns = (): Facts => {
  throw new Error('this work should not run');
};

describe('runStage', () => {
  it('records what decided the results and what was written', async () => {
    const result = await run(stageOf(), works());
    expect(record()).toMatchObject({
      tool: 'monosema',
      format: 1,
      stage: 'train-model A',
      state: 'done',
      config: { layers: 1 },
      seed: 7,
      inputs: [{ stage: 'tokenize', hash: 'aa' }],
      version: { monosema: '0.1.0', code: 'c0de' },
      adapter: null,
      facts: { loss: 5 },
      outputs: [
        { path: 'deep/config.json', bytes: 2 },
        // printf weights | sha256sum
        {
          path: 'model.safetensors',
          bytes: 7,
          sha256: '9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c',
        },
      ],
    });
    expect(record()['hash']).toBe(result.hash);
    expect(record()['seconds']).toBeGreaterThan(0);
    expect(existsSync(join(folder, 'checkpoint'))).toBe(false);
  });

  it('does nothing the second time, and says so', async () => {
    const first = await run(stageOf(), works());
    const second = await run(stageOf(), neverRuns);
    expect(said).toEqual(['train-model A: up to date (out/demo/models/A)']);
    expect(second).toEqual(first);
  });

  it('takes a configuration with its keys in another order for the same', async () => {
    await run(stageOf({ config: { layers: 1, heads: { a: 1, b: 2 } } }), works());
    await run(stageOf({ config: { heads: { b: 2, a: 1 }, layers: 1 } }), neverRuns);
  });

  it.each([
    ['config (layers) changed: redoing train-model A', { config: { layers: 2 } }],
    ['seed changed: redoing train-model A', { seed: 8 }],
    ['tokenize changed: redoing train-model A', { inputs: [{ stage: 'tokenize', hash: 'bb' }] }],
    ['code changed: redoing train-model A', { version: { monosema: '0.1.0', code: 'beef' } }],
    ['version of monosema changed: redoing train-model A', { version: { monosema: '0.2.0', code: 'beef' } }],
    [
      'config (layers) and tokenize changed: redoing train-model A',
      { config: { layers: 2 }, inputs: [{ stage: 'tokenize', hash: 'bb' }] },
    ],
  ] satisfies [string, Partial<Stage>][])('says %j and does it', async (line, change) => {
    await run(stageOf(), works());
    await run(stageOf(change), works('others'));
    expect(said).toEqual([line]);
    expect(readFileSync(join(folder, 'model.safetensors'), 'utf8')).toBe('others');
    expect(inspectStage(stageOf(change)).state).toBe('up to date');
    expect(inspectStage(stageOf()).state).toBe('changed');
  });

  it('removes what it wrote before when it is redone, and nothing else', async () => {
    await run(stageOf(), works());
    write('notes.txt', "a user's own");
    await run(stageOf({ seed: 8 }), () => {
      write('model.safetensors', 'x');
      return {};
    });
    expect(existsSync(join(folder, 'deep/config.json'))).toBe(false);
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe("a user's own");
  });

  it.each([
    ['cut short', 'of another size', (path: string) => truncateSync(path, 3)],
    ['deleted', 'missing', (path: string) => rmSync(path)],
  ])('redoes a stage whose output was %s', async (_, found, spoil) => {
    await run(stageOf(), works());
    spoil(join(folder, 'model.safetensors'));
    await run(stageOf(), works());
    expect(said).toEqual([`model.safetensors ${found}: redoing train-model A`]);
    expect(readFileSync(join(folder, 'model.safetensors'), 'utf8')).toBe('weights');
  });

  it('counts no file of a stage whose folder lies in its own', async () => {
    write('inner/stage.json', '{}');
    write('inner/answers.json', '[]');
    const { outputs } = await run(stageOf(), works());
    expect(outputs.map(({ path }) => path)).toEqual(['deep/config.json', 'model.safetensors']);
    // It goes with the files that it read.
    await run(stageOf({ seed: 8 }), works());
    expect(existsSync(join(folder, 'inner'))).toBe(false);
  });

  it('has a hash that follows the results, not the times in a log or the file a crash left', async () => {
    const first = await run(stageOf(), () => {
      write('model.safetensors', 'weights');
      write('metrics.jsonl', '{"seconds":1}\n');
      return {};
    });
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    write('model.safetensors.123.tmp', 'half');
    const second = await run(stageOf(), () => {
      write('model.safetensors', 'weights');
      write('metrics.jsonl', '{"seconds":2}\n');
      return {};
    });
    expect(second.hash).toBe(first.hash);
    expect(second.outputs.map(({ path }) => path)).toEqual(['metrics.jsonl', 'model.safetensors']);
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    expect((await run(stageOf(), works('others'))).hash).not.toBe(first.hash);
  });
});

describe('an interrupted stage', () => {
  const interrupted =
    (state: string) =>
    ({ checkpoint }: StageRoom): Facts => {
      writeFileSync(join(checkpoint, 'state'), state);
      throw new Interrupted();
    };

  it('goes on from its checkpoint, and counts the time of both attempts', async () => {
    await expect(run(stageOf(), interrupted('step 10'))).rejects.toThrow(Interrupted);
    expect(inspectStage(stageOf()).state).toBe('interrupted');
    const spent = record()['seconds'] as number;
    let found = '';
    const result = await run(stageOf(), ({ checkpoint }) => {
      found = readFileSync(join(checkpoint, 'state'), 'utf8');
      return works()();
    });
    expect(found).toBe('step 10');
    expect(said).toEqual(['train-model A: going on from its checkpoint']);
    expect(result.seconds).toBeGreaterThan(spent);
    expect(existsSync(join(folder, 'checkpoint'))).toBe(false);
  });

  it('goes on with the kernels it began with, unless the adapter is another', async () => {
    const products = 'm64 n64 k64 rows rows vectors';
    const names = ['first', 'second'];
    // All that a stage asks of a device.
    const adapter = (name: string, known: string): Gpu =>
      ({
        name,
        adapterClass: 'gpu',
        driver: '1',
        tuning: new Tuning({ known: { [products]: known } }),
      }) as Gpu;
    const work = (gpu: Gpu, ends: boolean) =>
      run(
        stageOf(),
        async (room) => {
          const chosen = (await room.device()).tuning.choose(products, names);
          // Kept from the moment of the choice: what comes next may be a power cut.
          expect(record()['kernels']).toEqual({ [products]: chosen });
          if (!ends) throw new Interrupted();
          return { chosen };
        },
        undefined,
        () => Promise.resolve(gpu),
      );
    await expect(work(adapter('a', 'second'), false)).rejects.toThrow(Interrupted);
    await expect(work(adapter('a', 'first'), false)).rejects.toThrow(Interrupted);
    expect(record()['kernels']).toEqual({ [products]: 'second' });
    const { facts, kernels } = await work(adapter('b', 'first'), true);
    expect([facts, kernels]).toEqual([{ chosen: 'first' }, { [products]: 'first' }]);
  });

  it('begins anew when what decides its results has changed', async () => {
    await expect(run(stageOf(), interrupted('of one layer'))).rejects.toThrow(Interrupted);
    write('left-over.safetensors', 'of one layer');
    const result = await run(stageOf({ config: { layers: 2 } }), ({ checkpoint }) => {
      expect(existsSync(join(checkpoint, 'state'))).toBe(false);
      return works()();
    });
    expect(said).toEqual(['config (layers) changed: redoing train-model A']);
    expect(result.outputs.map(({ path }) => path)).toEqual(['deep/config.json', 'model.safetensors']);
  });

  it('never looks finished after a crash in the middle of being redone', async () => {
    await run(stageOf(), works());
    await expect(
      run(stageOf({ seed: 8 }), () => {
        write('model.safetensors', 'weights');
        throw new Error('crash');
      }),
    ).rejects.toThrow('crash');
    expect(inspectStage(stageOf()).state).not.toBe('up to date');
    expect(inspectStage(stageOf({ seed: 8 })).state).toBe('interrupted');
  });

  it('does not begin once the user has asked to stop', async () => {
    const controller = new AbortController();
    controller.abort(new Interrupted());
    await expect(run(stageOf(), neverRuns, controller.signal)).rejects.toThrow(Interrupted);
    expect(existsSync(join(folder, 'stage.json'))).toBe(false);
  });
});

describe('a folder of another kind', () => {
  it.each([
    [
      { tool: 'monosema', format: 2 },
      'out/demo/models/A/stage.json: expected run format 1, got 2, written by another version of monosema; choose another --out, or delete the folder',
    ],
    [
      { tool: 'dvc' },
      'out/demo/models/A/stage.json: expected a file of monosema, got one of something else; choose another --out, or delete the folder',
    ],
    [
      { tool: 'monosema', format: 1, stage: 3 },
      'out/demo/models/A/stage.json: expected what monosema writes, got another stage; put a copy of the file back, or delete out/demo/models/A, and this stage is done again',
    ],
    [
      'not json',
      'out/demo/models/A/stage.json: expected JSON as monosema writes it, got a damaged file; put a copy of the file back, or delete out/demo/models/A, and this stage is done again',
    ],
  ])('is refused and left as it is: %j', async (content, sentence) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    write('stage.json', text);
    write('model.safetensors', 'theirs');
    await expect(run(stageOf(), neverRuns)).rejects.toThrow(sentence);
    expect(readFileSync(join(folder, 'stage.json'), 'utf8')).toBe(text);
    expect(readFileSync(join(folder, 'model.safetensors'), 'utf8')).toBe('theirs');
  });
});
