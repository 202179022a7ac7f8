/** Hosts one library in a process of its own; see peers.ts for what the messages mean. */
import { LONGEST_MS } from './forms.ts';
import { sample, type Library, type Prepared, type Samples, type Wanted } from './library.ts';
import type { Problem } from './problem.ts';

export type Request =
  | { readonly kind: 'prepare'; readonly problem: Problem; readonly wanted: Wanted }
  | { readonly kind: 'time'; readonly runs: number }
  | { readonly kind: 'end' };

export type Reply =
  | { readonly kind: 'ready'; readonly name: string; readonly version: string }
  /** What the first run left, and how long the fastest run of the warm-up took; null where the library cannot. */
  | {
      readonly kind: 'prepared';
      readonly samples: Samples | null;
      readonly milliseconds: number;
      readonly form?: string;
    }
  | { readonly kind: 'timed'; readonly milliseconds: number }
  | { readonly kind: 'failed'; readonly message: string };

/** Runs before anything is timed: the first compiles, the second fills pools. */
const WARM_UP = 3;

const { library } = (await import(process.argv[2]!)) as { library: Library };
let prepared: Prepared | null = null;

async function answer(request: Exclude<Request, { kind: 'end' }>): Promise<Reply> {
  if (request.kind === 'time') {
    const started = performance.now();
    for (let i = 0; i < request.runs; i++) await prepared!.run();
    return { kind: 'timed', milliseconds: (performance.now() - started) / request.runs };
  }
  prepared = await library.prepare(request.problem);
  if (prepared === null) return { kind: 'prepared', samples: null, milliseconds: 0 };
  const timed = async (): Promise<number> => {
    const started = performance.now();
    await prepared!.run();
    return performance.now() - started;
  };
  const first = await timed();
  const samples = await sample(prepared, request.wanted);
  let fastest = first < LONGEST_MS ? Infinity : first;
  for (let i = 1; i < WARM_UP && first < LONGEST_MS; i++) fastest = Math.min(fastest, await timed());
  const { form } = prepared;
  return { kind: 'prepared', samples, milliseconds: fastest, ...(form === undefined ? {} : { form }) };
}

process.on('message', (request: Request) => {
  // Dawn's threads would keep the process alive.
  if (request.kind === 'end') process.exit(0);
  void answer(request).then(
    (reply) => process.send!(reply),
    (error: Error) =>
      process.send!({ kind: 'failed', message: error.stack ?? error.message } satisfies Reply),
  );
});
process.send!({ kind: 'ready', name: library.name, version: library.version } satisfies Reply);
