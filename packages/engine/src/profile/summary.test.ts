import { expect, test } from 'vitest';
import type { Peak } from './peak.ts';
import type { OpTotals, ProgramTotals } from './profiler.ts';
import { describeProfile, summarise } from './summary.ts';

const roof = (perSecond: number) => ({ perSecond, by: 'one kernel', all: { 'one kernel': perSecond } });
const PEAK: Peak = { flops: roof(100e9), bandwidth: roof(10e9) };
const op = (dispatches: number, milliseconds: number, flops: number, bytes: number): OpTotals => ({
  dispatches,
  milliseconds,
  work: { flops, bytes },
});
const program = (name: string, runs: number, ops: Record<string, OpTotals>): ProgramTotals => ({
  program: name,
  runs,
  sampled: 2,
  ops: new Map(Object.entries(ops)),
});

const PROGRAMS = [
  program('train', 10, {
    // 40 GFLOP/s of 100, and 1 GB/s of 10: arithmetic bounds it.
    product: op(20, 600, 24e9, 0.6e9),
    // 8 GB/s of 10, and 1 GFLOP/s of 100: memory does.
    add: op(10, 100, 0.1e9, 0.8e9),
    fill: { dispatches: 10, milliseconds: 50, work: null },
  }),
  program('test', 1, { product: op(2, 200, 8e9, 0.2e9), mask: op(1, 50, 0, 1e9) }),
];

test('ops are summed over programs, dearest first, against the roof that bounds each', () => {
  const { ops, programs, milliseconds } = summarise(PROGRAMS, [], 'some adapter', PEAK);
  expect(milliseconds).toBe(1000);
  expect(ops).toEqual([
    {
      op: 'product',
      dispatches: 22,
      milliseconds: 800,
      share: 0.8,
      gflops: 40,
      gigabytes: 1,
      roof: { kind: 'arithmetic', share: expect.closeTo(0.4, 12) },
    },
    {
      op: 'add',
      dispatches: 10,
      milliseconds: 100,
      share: 0.1,
      gflops: 1,
      gigabytes: 8,
      roof: { kind: 'memory', share: expect.closeTo(0.8, 12) },
    },
    { op: 'fill', dispatches: 10, milliseconds: 50, share: 0.05, gflops: null, gigabytes: null, roof: null },
    // What a cache serves may exceed the memory's peak.
    {
      op: 'mask',
      dispatches: 1,
      milliseconds: 50,
      share: 0.05,
      gflops: 0,
      gigabytes: 20,
      roof: { kind: 'memory', share: 2 },
    },
  ]);
  expect(programs.map(({ program: name, milliseconds: own }) => [name, own])).toEqual([
    ['train', 750],
    ['test', 250],
  ]);
  expect(programs[1]!.ops[0]).toMatchObject({ op: 'product', share: 0.8 });
});

test('the table says what is known, and says so where nothing is', () => {
  const host = [{ track: 'waits', name: 'reading loss', count: 3, milliseconds: 12.25 }] as const;
  expect(describeProfile(summarise(PROGRAMS, host, 'some adapter', PEAK))).toMatchInlineSnapshot(`
    "op       dispatches       ms  share  GFLOP/s  GB/s      of the peak
    product          22    800.0   80 %       40     1  40 % arithmetic
    add              10    100.0   10 %        1     8      80 % memory
    fill             10     50.0  5.0 %      n/a   n/a              n/a
    mask              1     50.0  5.0 %        -    20     200 % memory
    all              43  1,000.0
    adapter some adapter: peak 100 GFLOP/s and 10 GB/s, as measured
    sampled: the first 4 runs of each program, then each 16th; the very first counts only where it is the only one

    program  runs  sampled     ms  share
    train      10        2  750.0   75 %
    test        1        2  250.0   25 %

    host   what          times    ms
    waits  reading loss      3  12.3
    "
  `);
  expect(describeProfile(summarise(PROGRAMS, [], 'some adapter', null))).toMatch(
    /\nadapter some adapter: its peak is not known\n/,
  );
  expect(describeProfile(summarise([], host, null, null))).toMatchInlineSnapshot(`
    "profile: nothing ran on a GPU

    host   what          times    ms
    waits  reading loss      3  12.3
    "
  `);
});
