import { expect, test } from 'vitest';
import type { StageContext } from '../artefacts/stage-context.ts';
import { PhaseClock } from './phase-clock.ts';

/** A clock that moves a second at every look, and what it showed. */
function clockOf(work: Record<string, number>) {
  const shown: number[] = [];
  const controller = new AbortController();
  let now = 0;
  const context = {
    now: () => (now += 1000),
    signal: controller.signal,
    progress: ({ done }: { done: number }) => void shown.push(done),
  } as unknown as StageContext;
  return { clock: new PhaseClock(context, new Map(Object.entries(work))), shown, controller };
}

test('a part counts by the work that it is expected to be, in whatever order parts are done', () => {
  const { clock, shown } = clockOf({ short: 10, long: 30 });
  clock.reach('short', 0.5);
  clock.reach('long', 0.1);
  clock.reach('short', 1);
  clock.reach('long', 1);
  expect(shown).toEqual([12.5, 20, 32.5, 100]);
  expect(clock.phases()).toEqual({ short: 2, long: 2 });
});

test('what was shown as done is not taken back when more work is expected', () => {
  const { clock, shown } = clockOf({ first: 10, second: 10 });
  clock.reach('first', 1);
  clock.expect(
    new Map([
      ['first', 10],
      ['second', 90],
    ]),
  );
  clock.reach('second', 0.1);
  clock.reach('second', 0.5);
  expect(shown).toEqual([50, 50, 55]);
});

test('looking at the clock is where a stop takes effect', () => {
  const { clock, controller } = clockOf({ only: 1 });
  controller.abort(new Error('stopped'));
  expect(() => clock.reach('only', 0.5)).toThrow('stopped');
});
