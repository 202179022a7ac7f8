import type { Peak } from './peak.ts';
import type { HostTotals, OpTotals, ProgramTotals } from './profiler.ts';
import { SAMPLING } from './profiler.ts';

/** One op over all programs. */
export interface OpRow {
  readonly op: string;
  readonly dispatches: number;
  readonly milliseconds: number;
  /** Of all ops together, 0 to 1. */
  readonly share: number;
  /** A second; null where the work is not known. */
  readonly gflops: number | null;
  readonly gigabytes: number | null;
  /** The roof that bounds the op, and how much of it was reached: beyond 1 where a cache serves what memory cannot. */
  readonly roof: { readonly kind: 'arithmetic' | 'memory'; readonly share: number } | null;
}

/** All that a profile says, as data. */
export interface ProfileSummary {
  readonly adapter: string | null;
  readonly peak: { readonly gflops: number; readonly gigabytes: number } | null;
  readonly milliseconds: number;
  readonly ops: readonly OpRow[];
  readonly programs: readonly {
    readonly program: string;
    readonly runs: number;
    readonly sampled: number;
    readonly milliseconds: number;
    readonly ops: readonly OpRow[];
  }[];
  readonly host: readonly HostTotals[];
}

/** Sums programs up, op by op, dearest first. @param peak null leaves roofs out */
export function summarise(
  programs: readonly ProgramTotals[],
  host: readonly HostTotals[],
  adapter: string | null,
  peak: Peak | null,
): ProfileSummary {
  const all = new Map<string, OpTotals>();
  for (const { ops } of programs) for (const [op, totals] of ops) all.set(op, together(all.get(op), totals));
  const milliseconds = total(all);
  return {
    adapter,
    peak:
      peak === null
        ? null
        : { gflops: peak.flops.perSecond / 1e9, gigabytes: peak.bandwidth.perSecond / 1e9 },
    milliseconds,
    ops: rows(all, milliseconds, peak),
    programs: programs
      .map(({ program, runs, sampled, ops }) => {
        const own = total(ops);
        return { program, runs, sampled, milliseconds: own, ops: rows(ops, own, peak) };
      })
      .toSorted((a, b) => b.milliseconds - a.milliseconds),
    host: host.toSorted((a, b) => b.milliseconds - a.milliseconds),
  };
}

function total(ops: ReadonlyMap<string, OpTotals>): number {
  return sum([...ops.values()], 'milliseconds');
}

function rows(ops: ReadonlyMap<string, OpTotals>, whole: number, peak: Peak | null): OpRow[] {
  return [...ops]
    .map(([op, { dispatches, milliseconds, work }]): OpRow => {
      const known = work !== null && milliseconds > 0;
      return {
        op,
        dispatches: Math.round(dispatches),
        milliseconds,
        share: whole > 0 ? milliseconds / whole : 0,
        gflops: known ? work.flops / milliseconds / 1e6 : null,
        gigabytes: known ? work.bytes / milliseconds / 1e6 : null,
        roof: known && peak !== null ? roofOf(work, milliseconds / 1000, peak) : null,
      };
    })
    .toSorted((a, b) => b.milliseconds - a.milliseconds);
}

/** Of the two times that the peaks allow, the longer bounds the op. */
function roofOf(work: NonNullable<OpTotals['work']>, seconds: number, peak: Peak): OpRow['roof'] {
  const arithmetic = work.flops / peak.flops.perSecond;
  const memory = work.bytes / peak.bandwidth.perSecond;
  return arithmetic > memory
    ? { kind: 'arithmetic', share: arithmetic / seconds }
    : { kind: 'memory', share: memory / seconds };
}

function together(a: OpTotals | undefined, b: OpTotals): OpTotals {
  if (a === undefined) return b;
  return {
    dispatches: a.dispatches + b.dispatches,
    milliseconds: a.milliseconds + b.milliseconds,
    work:
      a.work === null || b.work === null
        ? null
        : { flops: a.work.flops + b.work.flops, bytes: a.work.bytes + b.work.bytes },
  };
}

const count = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const three = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const one = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** The summary as a table for people. */
export function describeProfile({
  adapter,
  peak,
  milliseconds,
  ops,
  programs,
  host,
}: ProfileSummary): string {
  const parts: string[][] = [];
  if (ops.length === 0) parts.push(['profile: nothing ran on a GPU']);
  else {
    parts.push([
      ...table([
        ['op', 'dispatches', 'ms', 'share', 'GFLOP/s', 'GB/s', 'of the peak'],
        ...ops.map((row) => [
          row.op,
          count.format(row.dispatches),
          one.format(row.milliseconds),
          percent(row.share),
          rate(row.gflops),
          rate(row.gigabytes),
          row.roof === null ? 'n/a' : `${percent(row.roof.share)} ${row.roof.kind}`,
        ]),
        ['all', count.format(sum(ops, 'dispatches')), one.format(milliseconds), '', '', '', ''],
      ]),
      peak === null
        ? `adapter ${adapter}: its peak is not known`
        : `adapter ${adapter}: peak ${three.format(peak.gflops)} GFLOP/s and ${three.format(peak.gigabytes)} GB/s, as measured`,
      `sampled: the first ${SAMPLING.first} runs of each program, then each ${SAMPLING.every}th; the very first counts only where it is the only one`,
    ]);
    parts.push(
      table([
        ['program', 'runs', 'sampled', 'ms', 'share'],
        ...programs.map((row) => [
          row.program,
          count.format(row.runs),
          count.format(row.sampled),
          one.format(row.milliseconds),
          percent(milliseconds > 0 ? row.milliseconds / milliseconds : 0),
        ]),
      ]),
    );
  }
  if (host.length > 0) {
    const shown = host.slice(0, MOST_HOST_ROWS);
    const rest = host.slice(MOST_HOST_ROWS);
    parts.push(
      table([
        ['host', 'what', 'times', 'ms'],
        ...shown.map((row) => [row.track, row.name, count.format(row.count), one.format(row.milliseconds)]),
        ...(rest.length === 0
          ? []
          : [['', 'all else', count.format(sum(rest, 'count')), one.format(sum(rest, 'milliseconds'))]]),
      ]),
    );
  }
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** Beyond this the host's rows are small change. */
const MOST_HOST_ROWS = 16;

function sum<Key extends string>(rows: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return rows.reduce((total, row) => total + row[key], 0);
}

function rate(value: number | null): string {
  if (value === null) return 'n/a';
  return value === 0 ? '-' : value < 0.01 ? '< 0.01' : three.format(value);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
}

/** Columns side by side: words to the left, figures to the right. */
function table(cells: readonly (readonly string[])[]): string[] {
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const words = cells[0]!.map((_, column) =>
    cells.slice(1).every((row) => !/^(< )?[\d.,]+( %|$)|^(n\/a|-)$/.test(row[column]!)),
  );
  return cells.map((row) =>
    row
      .map((cell, column) =>
        words[column] === true ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
}
