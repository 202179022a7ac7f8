import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { KernelTime } from '../program/profile.ts';
import type { HostTrack, TraceSink } from './profiler.ts';

/** A complete event or a name, as the Trace Event format has them; times are microseconds. */
type TraceEvent =
  | {
      readonly ph: 'X';
      readonly name: string;
      readonly cat: string;
      readonly pid: number;
      readonly tid: number;
      readonly ts: number;
      readonly dur: number;
      readonly args: Readonly<Record<string, unknown>>;
    }
  | {
      readonly ph: 'M';
      readonly name: 'process_name' | 'thread_name';
      readonly pid: number;
      readonly tid: number;
      readonly args: { readonly name: string };
    };

const GPU_PROCESS = 1;
const HOST_PROCESS = 2;
const HOST_TRACKS: readonly HostTrack[] = ['stages', 'builds', 'waits'];

/** Some 40 MB, which Perfetto still opens; only what runs hundreds of programs reaches it. */
const MOST_EVENTS = 100_000;
const BUFFERED = 256;

/**
 * Writes a trace that Perfetto and chrome://tracing load: a JSON array of events, as they come, so that a run that is
 * killed leaves one that loads too (the format lets the last bracket be missing). The file is made at the first
 * event. Where it cannot be written, the run it watches goes on.
 */
export class TraceFile implements TraceSink {
  readonly path: string;
  #file: number | null = null;
  #buffer: string[] = [];
  #events = 0;
  #lastEnd = 0;
  #failure: string | null = null;

  constructor(path: string) {
    this.path = path;
  }

  dispatch(program: string, { label, milliseconds, work, operands }: KernelTime, started: number): void {
    // The clocks of GPU and host are put together anew at every run; dispatches still follow each other.
    const ts = Math.max(this.#lastEnd, microseconds(started));
    const dur = microseconds(milliseconds);
    this.#lastEnd = ts + dur;
    const rates =
      work === null || milliseconds <= 0
        ? {}
        : { 'GFLOP/s': work.flops / milliseconds / 1e6, 'GB/s': work.bytes / milliseconds / 1e6 };
    this.#write({
      ph: 'X',
      name: label,
      cat: 'gpu',
      pid: GPU_PROCESS,
      tid: 1,
      ts,
      dur,
      args: { program, op: label, operands, ...work, ...rates },
    });
  }

  span(track: HostTrack, name: string, started: number, ended: number): void {
    this.#write({
      ph: 'X',
      name,
      cat: 'host',
      pid: HOST_PROCESS,
      tid: HOST_TRACKS.indexOf(track) + 1,
      ts: microseconds(started),
      dur: microseconds(ended - started),
      args: {},
    });
  }

  /** Ends the file. @returns what happened to it, in a sentence */
  close(): string {
    this.#flush();
    if (this.#failure === null && this.#file !== null) {
      writeSync(this.#file, '\n]\n');
      closeSync(this.#file);
    }
    if (this.#failure !== null) return `trace: ${this.path} could not be written (${this.#failure})`;
    if (this.#events === 0) return 'trace: nothing happened that one could show';
    return `trace: ${this.path}, ${Math.min(this.#events, MOST_EVENTS)} events${this.#events > MOST_EVENTS ? ` of ${this.#events}` : ''}; open it at ui.perfetto.dev`;
  }

  #write(event: TraceEvent): void {
    if (this.#events++ >= MOST_EVENTS || this.#failure !== null) return;
    this.#buffer.push(JSON.stringify(event));
    if (this.#buffer.length >= BUFFERED) this.#flush();
  }

  #flush(): void {
    if (this.#buffer.length === 0 || this.#failure !== null) return;
    try {
      if (this.#file === null) {
        mkdirSync(dirname(this.path), { recursive: true });
        this.#file = openSync(this.path, 'w');
        writeSync(this.#file, `[\n${NAMES.map((event) => JSON.stringify(event)).join(',\n')}`);
      }
      writeSync(this.#file, `,\n${this.#buffer.join(',\n')}`);
    } catch (error) {
      this.#failure = (error as Error).message;
    }
    this.#buffer = [];
  }
}

const NAMES: readonly TraceEvent[] = [
  named('process_name', GPU_PROCESS, 0, 'GPU'),
  named('thread_name', GPU_PROCESS, 1, 'sampled runs'),
  named('process_name', HOST_PROCESS, 0, 'host'),
  ...HOST_TRACKS.map((track, index) => named('thread_name', HOST_PROCESS, index + 1, track)),
];

function named(kind: 'process_name' | 'thread_name', pid: number, tid: number, name: string): TraceEvent {
  return { ph: 'M', name: kind, pid, tid, args: { name } };
}

/** To the nanosecond. */
function microseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1e6) / 1000;
}
