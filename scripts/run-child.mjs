// Runs a program to its end, hands signals on to it, and never waits for it longer than allowed.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const GRACE_MS = 10_000;

/** What Dawn writes whenever it meets a Vulkan driver; nothing follows from it, and no setting of Dawn's silences it. */
const DAWNS_NOISE =
  /^Warning: maxDynamic(Uniform|Storage)BuffersPerPipelineLayout artificially reduced from \d+ to \d+ to fit dynamic offset allocation limit\.$/;

/**
 * With `pipe` the program gets no input and its own process group, so that a limit or a signal reaches whatever it
 * started; what it writes to either stream is returned.
 *
 * With `inherit` it has our streams. On a terminal its standard error passes through us, so that Dawn's noise can be
 * left out, and MONOSEMA_WORDS tells it the descriptor on which it has the terminal itself.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd: string, stdio: 'inherit' | 'pipe', env?: NodeJS.ProcessEnv, limitMs?: number }} options
 * @returns {Promise<{ code: number, output: string, timedOut: boolean, interrupted: boolean }>} the code is 128
 * and more where a signal ended it
 */
export function runChild(program, args, { cwd, stdio, env = process.env, limitMs = 0 }) {
  return new Promise((resolve) => {
    const piped = stdio === 'pipe';
    const group = piped && process.platform !== 'win32';
    const sifted = !piped && process.stderr.isTTY === true && process.platform !== 'win32';
    const child = spawn(program, args, {
      cwd,
      env: sifted ? { ...env, MONOSEMA_WORDS: '3' } : env,
      stdio: sifted ? ['inherit', 'inherit', 'pipe', 2] : [piped ? 'ignore' : 'inherit', stdio, stdio],
      detached: group,
      shell: process.platform === 'win32' && !program.endsWith('.exe'),
    });
    const result = { code: 1, output: '', timedOut: false, interrupted: false };
    const collect = (chunk) => void (result.output += chunk);
    child.stdout?.setEncoding('utf8').on('data', collect);
    if (sifted) {
      createInterface({ input: child.stderr }).on('line', (line) => {
        if (!DAWNS_NOISE.test(line)) process.stderr.write(`${line}\n`);
      });
    } else child.stderr?.setEncoding('utf8').on('data', collect);

    const send = (signal) => {
      if (child.pid === undefined) return;
      try {
        process.kill(group ? -child.pid : child.pid, signal);
      } catch {} // it has ended in this very moment
    };
    const forward = (signal) => {
      result.interrupted = true;
      send(signal);
    };
    process.on('SIGINT', forward);
    process.on('SIGTERM', forward);
    const timers = [];
    if (limitMs > 0) {
      timers.push(
        setTimeout(() => {
          result.timedOut = true;
          send('SIGTERM');
        }, limitMs),
        setTimeout(() => send('SIGKILL'), limitMs + GRACE_MS),
      );
    }
    const end = () => {
      process.off('SIGINT', forward);
      process.off('SIGTERM', forward);
      for (const timer of timers) clearTimeout(timer);
      resolve(result);
    };
    child.on('error', (error) => {
      result.output += error.message;
      end();
    });
    child.on('exit', (code, signal) => {
      result.code = code ?? { SIGINT: 130, SIGTERM: 143 }[signal] ?? 137;
      // What it leaves running may hold the streams open for ever.
      timers.push(setTimeout(end, 2000));
    });
    child.on('close', end);
  });
}
