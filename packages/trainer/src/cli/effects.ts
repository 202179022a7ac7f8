import { isatty, WriteStream } from 'node:tty';
import { Interrupted } from '../artefacts/interrupted.ts';

/** All that a command does to the world besides its files; handed to it, so that tests can watch. */
export interface Effects {
  /** Results, to standard output. */
  readonly out: (text: string) => void;
  /** Words for people, to standard error. */
  readonly err: (text: string) => void;
  /** Whether the words go to a terminal, where a line can be rewritten. */
  readonly isTty: boolean;
  /** Width of the terminal in characters. */
  readonly columns: () => number;
  /** Milliseconds since the process started. */
  readonly now: () => number;
  /** Aborted with an Interrupted as its reason by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

/** A terminal's Ctrl-C reaches the process once itself and once through npm; that is one wish, not two. */
const SAME_WISH_MS = 1000;

/**
 * The effects of this process. The first SIGINT or SIGTERM asks the command to checkpoint and stop; a later one
 * ends the process at once.
 */
export function processEffects(): Effects {
  const controller = new AbortController();
  const words = wordStream();
  let asked = 0;
  const stop = (): void => {
    if (!controller.signal.aborted) {
      asked = performance.now();
      words.write('\nstopping at the next safe point; press Ctrl-C again to stop at once\n');
      controller.abort(new Interrupted());
    } else if (performance.now() - asked > SAME_WISH_MS) process.exit(130);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // Whoever reads us may stop early, as `monosema status | head -1` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void words.write(text),
    isTty: words.isTTY === true,
    // Asked anew each time: only the streams of the process itself hear when a window changes.
    columns: () => (words.isTTY === true ? words.getWindowSize()[0] : 80),
    now: () => performance.now(),
    signal: controller.signal,
  };
}

/**
 * Standard error; or the terminal on the descriptor that MONOSEMA_WORDS names, where whoever started this process
 * sifts what libraries write to standard error.
 */
function wordStream(): WriteStream {
  const descriptor = Number.parseInt(process.env['MONOSEMA_WORDS'] ?? '', 10);
  return isatty(descriptor) ? new WriteStream(descriptor) : process.stderr;
}
