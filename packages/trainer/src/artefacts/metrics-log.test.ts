import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MetricsLog } from './metrics-log.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-metrics-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('MetricsLog', () => {
  it('has every line in the file at once, and goes on where an earlier run stopped', () => {
    const path = join(folder, 'models', 'A', 'metrics.jsonl');
    {
      using log = new MetricsLog(path);
      log.append({ step: 1, loss: 6.9 });
      expect(readFileSync(path, 'utf8')).toBe('{"step":1,"loss":6.9}\n');
    }
    using log = new MetricsLog(path);
    log.append({ step: 2, loss: 6.1 });
    expect(readFileSync(path, 'utf8')).toBe('{"step":1,"loss":6.9}\n{"step":2,"loss":6.1}\n');
  });

  it.each([NaN, Infinity])('refuses %d, which JSON would turn into null', (loss) => {
    using log = new MetricsLog(join(folder, 'metrics.jsonl'));
    expect(() => log.append({ step: 1, loss })).toThrow(`metrics: expected a finite loss, got ${loss}`);
    expect(() => log.append({ step: 1, loss: { terms: [1, loss] } })).toThrow('expected a finite loss');
  });
});
