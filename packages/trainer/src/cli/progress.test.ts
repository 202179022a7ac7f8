import { describe, expect, it } from 'vitest';
import type { Effects } from './effects.ts';
import { progressLine, Reporter } from './progress.ts';

/** A terminal or a pipe, with a clock that the test turns. */
class Screen {
  text = '';
  clock = 0;
  readonly effects: Effects;

  constructor(isTty: boolean, columns = 100) {
    this.effects = {
      out: () => {},
      err: (text) => void (this.text += text),
      isTty,
      columns: () => columns,
      now: () => this.clock,
      signal: new AbortController().signal,
    };
  }
}

const tokens = (done: number, loss: number) => ({ done, total: 512_000, unit: 'tokens', values: { loss } });

describe('progressLine', () => {
  it('shows the count, the measurements, the rate and the time left', () => {
    expect(progressLine('train-model A', tokens(120_000, 5.34123), { at: 0, done: 0, now: 60_000 })).toBe(
      'train-model A  120K/512K tokens · loss 5.341 · 2K tokens/s · 3m16s left',
    );
  });

  it('counts the rate of a resumed stage from where it resumed', () => {
    expect(progressLine('x', tokens(500_000, 1), { at: 0, done: 499_000, now: 10_000 })).toContain(
      '100 tokens/s · 2m00s left',
    );
  });

  it('has no rate where there is only a share of the work', () => {
    expect(
      progressLine('analyze', { done: 45.2, total: 100, unit: 'percent' }, { at: 0, done: 0, now: 9000 }),
    ).toBe('analyze  45.2 percent · 11s left');
  });

  it('promises no end where the total is not known', () => {
    expect(
      progressLine('tokenize', { done: 50, total: null, unit: 'documents' }, { at: 0, done: 0, now: 1000 }),
    ).toBe('tokenize  50 documents · 50 documents/s');
  });
});

describe('Reporter', () => {
  it('says once that all is counted, though more is done after it', () => {
    const screen = new Screen(false);
    const reporter = new Reporter(screen.effects, false);
    for (let tenth = 0; tenth < 50; tenth += 1) {
      screen.clock = tenth * 100;
      reporter.progress('analyze', { done: 100, total: 100, unit: 'percent' });
    }
    expect(screen.text).toBe('analyze  100 percent\n');
  });

  it('writes a line every 10 seconds into a pipe, and the last one', () => {
    const screen = new Screen(false);
    const reporter = new Reporter(screen.effects, false);
    for (let second = 0; second <= 25; second += 1) {
      screen.clock = second * 1000;
      reporter.progress('train-model A', tokens(second * 1000, 6));
    }
    reporter.progress('train-model A', tokens(512_000, 5));
    const lines = screen.text.trimEnd().split('\n');
    expect(lines.map((line) => line.split(' tokens')[0])).toEqual([
      'train-model A  10K/512K',
      'train-model A  20K/512K',
      'train-model A  512K/512K',
    ]);
    expect(screen.text).not.toContain('\u001b');
  });

  it('rewrites one line on a terminal, and takes it away for a line that stays', () => {
    const screen = new Screen(true);
    const reporter = new Reporter(screen.effects, false);
    reporter.progress('train-model A', tokens(0, 6));
    screen.clock = 200;
    reporter.progress('train-model A', tokens(400, 6));
    reporter.say('train-model A: done in 1.0s');
    expect(screen.text).toBe(
      '\r\u001b[2Ktrain-model A  400/512K tokens · loss 6 · 2K tokens/s · 4m16s left\r\u001b[2Ktrain-model A: done in 1.0s\n',
    );
  });

  it('cuts the live line to the width of the terminal, so that it stays one line', () => {
    const screen = new Screen(true, 20);
    const reporter = new Reporter(screen.effects, false);
    reporter.progress('train-model A', tokens(0, 6));
    screen.clock = 200;
    reporter.progress('train-model A', tokens(400, 6));
    expect(screen.text).toBe('\r\u001b[2Ktrain-model A  400/');
  });

  it('begins the rate anew with every stage', () => {
    const screen = new Screen(false);
    const reporter = new Reporter(screen.effects, false);
    reporter.progress('train-model A', tokens(0, 6));
    screen.clock = 100_000;
    reporter.progress('train-model B', tokens(0, 6));
    screen.clock = 110_000;
    reporter.progress('train-model B', tokens(1000, 6));
    expect(screen.text).toBe('train-model B  1K/512K tokens · loss 6 · 100 tokens/s · 1h25m left\n');
  });

  it('begins the rate anew where a stage goes through its work a second time', () => {
    const screen = new Screen(false);
    const reporter = new Reporter(screen.effects, false);
    for (const [clock, done, total] of [
      [0, 1, null],
      [100_000, 2000, null],
      [100_001, 1, 2000],
      [110_001, 101, 2000],
    ] as const) {
      screen.clock = clock;
      reporter.progress('tokenize', { done, total, unit: 'documents' });
    }
    expect(screen.text.trimEnd().split('\n').at(-1)).toBe(
      'tokenize  101/2K documents · 10 documents/s · 3m10s left',
    );
  });

  it('says nothing when asked to be quiet', () => {
    const screen = new Screen(true);
    const reporter = new Reporter(screen.effects, true);
    reporter.say('a line');
    reporter.progress('train-model A', tokens(512_000, 6));
    reporter.clear();
    expect(screen.text).toBe('');
  });
});
