import type { Effects } from '../effects.ts';
import { main } from '../main.ts';
import type { Ended } from './spawn-cli.ts';

/** Runs `monosema` within the process of the test, which is quicker where no process of its own is asked for. */
export async function runCli(...args: string[]): Promise<Ended> {
  let [out, err] = ['', ''];
  const effects: Effects = {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    isTty: false,
    columns: () => 80,
    now: () => performance.now(),
    signal: new AbortController().signal,
  };
  const code = await main(args, effects);
  return { code, out, err };
}
