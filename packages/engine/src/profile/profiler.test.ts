import { expect, test } from 'vitest';
import type { KernelTime } from '../program/profile.ts';
import { Profiler, SAMPLING, type HostTrack, type TraceSink } from './profiler.ts';

const kernel = (
  label: string,
  started: number,
  milliseconds: number,
  work: KernelTime['work'],
): KernelTime => ({
  label,
  started,
  milliseconds,
  work,
  operands: [],
});

/** Runs a program that takes `milliseconds` of a run's number, and says which runs were sampled. */
function runs(
  profiler: Profiler,
  program: string,
  count: number,
  milliseconds: (run: number) => number,
): number[] {
  const sampled: number[] = [];
  for (let run = 1; run <= count; run++) {
    if (!profiler.begins(program)) continue;
    sampled.push(run);
    const work = { flops: 10 * milliseconds(run), bytes: milliseconds(run) };
    profiler.sampled(program, [kernel('a', run, milliseconds(run), work), kernel('b', run, 1, null)], run);
  }
  return sampled;
}

test('the first runs of a program are sampled, and then every so many, whatever other programs do', () => {
  const profiler = new Profiler();
  const first = [1, 2, 3, 4];
  expect(SAMPLING.first).toBe(first.length);
  expect(runs(profiler, 'long', 50, () => 1)).toEqual([...first, 16, 32, 48]);
  expect(runs(profiler, 'short', 3, () => 1)).toEqual([1, 2, 3]);
});

test('a sampled run stands for those since the one before, and the first for none but itself', () => {
  const profiler = new Profiler();
  // The first run compiles; from the fifth on everything takes ten times as long.
  runs(profiler, 'p', 16, (run) => (run === 1 ? 1000 : run < 5 ? 1 : 10));
  runs(profiler, 'once', 1, () => 1000);
  const [p, once] = profiler.programs();
  expect(p).toMatchObject({ program: 'p', runs: 16, sampled: 5 });
  // Run 2 stands for 1 and 2, and run 16 for 5 to 16.
  const milliseconds = 4 * 1 + 12 * 10;
  expect(p!.ops.get('a')).toEqual({
    dispatches: 16,
    milliseconds,
    work: { flops: 10 * milliseconds, bytes: milliseconds },
  });
  expect(once!.ops.get('a')).toMatchObject({ dispatches: 1, milliseconds: 1000 });
});

test('runs after the last sample cost what those before it did', () => {
  const profiler = new Profiler();
  runs(profiler, 'p', 24, () => 2);
  const [p] = profiler.programs();
  expect(p).toMatchObject({ runs: 24, sampled: 5 });
  expect(p!.ops.get('a')!.milliseconds).toBeCloseTo(24 * 2, 9);
  expect(p!.ops.get('a')!.dispatches).toBeCloseTo(24, 9);
});

test('an op of which one dispatch does not know its cost has none', () => {
  const profiler = new Profiler();
  runs(profiler, 'p', 2, () => 1);
  expect(profiler.programs()[0]!.ops.get('b')!.work).toBeNull();
});

test('what overlaps on one track of the host counts once, and tracks do not touch each other', () => {
  const spans: [HostTrack, string, number][] = [];
  const trace: TraceSink = {
    dispatch: () => {},
    span: (track, name, started, ended) => spans.push([track, name, ended - started]),
  };
  const profiler = new Profiler(trace);
  const began = performance.now();
  const leave = [profiler.enter('waits', 'a'), profiler.enter('builds', 'c'), profiler.enter('waits', 'b')];
  leave[0]!();
  expect(spans).toEqual([]);
  leave[1]!();
  leave[2]!();
  const whole = performance.now() - began;
  profiler.enter('waits', 'a')();
  expect(spans.map(([track, name]) => `${track} ${name}`)).toEqual(['builds c', 'waits a', 'waits a']);
  const host = profiler.host();
  expect(host.map(({ track, name, count }) => [track, name, count])).toEqual([
    ['builds', 'c', 1],
    ['waits', 'a', 2],
  ]);
  for (const { milliseconds } of host) {
    expect(milliseconds).toBeGreaterThan(0);
    expect(milliseconds).toBeLessThanOrEqual(whole + 1);
  }
});

test('a trace gets the first sampled runs, at the host time that fits every run so far', () => {
  const started: number[] = [];
  const trace: TraceSink = { dispatch: (_, __, at) => started.push(at), span: () => {} };
  const profiler = new Profiler(trace);
  const run = (at: number, seen: number): void => {
    profiler.begins('p');
    profiler.sampled('p', [kernel('a', at, 1, null)], seen);
  };
  // The GPU's clock is 1,000 behind; the end of a run is seen 5 ms late, then 1 ms, then 3 ms.
  run(100, 1106);
  run(200, 1202);
  run(300, 1304);
  expect(started).toEqual([1105, 1201, 1301]);
  for (let i = 0; i < 1000; i++) run(400 + i, 1402 + i);
  expect(started.length).toBe(32);
});
