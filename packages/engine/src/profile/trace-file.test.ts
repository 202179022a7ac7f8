import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TraceFile } from './trace-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-trace-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const kernel = {
  label: 'add',
  started: 0,
  milliseconds: 0.5,
  work: { flops: 1000, bytes: 12_000 },
  operands: ['a (10,100)', 'b (10,100)', 'y (10,100)'],
};

test('every event has what the Trace Event format demands, and dispatches do not overlap', () => {
  const trace = new TraceFile(join(folder, 'deep', 'trace.json'));
  trace.dispatch('step', kernel, 1000);
  trace.dispatch('step', { ...kernel, work: null }, 1000.25); // begins before the one before has ended
  trace.span('waits', 'reading loss', 1001, 1002.5);
  expect(trace.close()).toBe(`trace: ${trace.path}, 3 events; open it at ui.perfetto.dev`);
  const events = JSON.parse(readFileSync(trace.path, 'utf8')) as Record<string, unknown>[];
  for (const event of events) {
    expect(event).toMatchObject({
      name: expect.any(String),
      pid: expect.any(Number),
      tid: expect.any(Number),
    });
    if (event['ph'] === 'M') expect(event['args']).toEqual({ name: expect.any(String) });
    else expect(event).toMatchObject({ ph: 'X', cat: expect.any(String), args: expect.any(Object) });
  }
  expect(events.filter(({ ph }) => ph === 'X')).toEqual([
    {
      ph: 'X',
      name: 'add',
      cat: 'gpu',
      pid: 1,
      tid: 1,
      ts: 1_000_000,
      dur: 500,
      args: {
        program: 'step',
        op: 'add',
        operands: kernel.operands,
        ...kernel.work,
        'GFLOP/s': 0.002,
        'GB/s': 0.024,
      },
    },
    {
      ph: 'X',
      name: 'add',
      cat: 'gpu',
      pid: 1,
      tid: 1,
      ts: 1_000_500,
      dur: 500,
      args: { program: 'step', op: 'add', operands: kernel.operands },
    },
    { ph: 'X', name: 'reading loss', cat: 'host', pid: 2, tid: 3, ts: 1_001_000, dur: 1500, args: {} },
  ]);
});

test('a trace stops growing at 100,000 events and says so', () => {
  const trace = new TraceFile(join(folder, 'trace.json'));
  for (let i = 0; i < 100_010; i++) trace.span('waits', 'w', i, i + 1);
  expect(trace.close()).toContain('100000 events of 100010');
  const events = JSON.parse(readFileSync(trace.path, 'utf8')) as { ph: string }[];
  expect(events.filter(({ ph }) => ph === 'X').length).toBe(100_000);
});

test('a trace that cannot be written stops nothing, and one without events makes no file', () => {
  writeFileSync(join(folder, 'file'), '');
  const blocked = new TraceFile(join(folder, 'file', 'trace.json'));
  for (let i = 0; i < 1000; i++) blocked.span('waits', 'w', i, i + 1);
  expect(blocked.close()).toMatch(/^trace: .*trace\.json could not be written \(/);
  const empty = new TraceFile(join(folder, 'none.json'));
  expect(empty.close()).toBe('trace: nothing happened that one could show');
  expect(existsSync(empty.path)).toBe(false);
});
