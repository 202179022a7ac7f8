import type { Gpu } from './gpu.ts';

const KINDS = ['validation', 'out-of-memory', 'internal'] as const;

/** What WebGPU reported, in one line. */
export interface ScopedError {
  readonly kind: (typeof KINDS)[number];
  readonly message: string;
}

/**
 * Runs what makes or submits GPU objects, and collects what WebGPU reports about it, so that whoever called can say
 * what it was for. Everything is pushed and popped before anything is awaited: scopes are a stack.
 *
 * @returns what the work gave, and the first complaint about it, null where there is none; wait for it by gpu.wait
 */
export function underScopes<T>(
  gpu: Gpu,
  work: () => T,
): { readonly result: T; readonly complaint: Promise<ScopedError | null> } {
  for (const kind of KINDS) gpu.device.pushErrorScope(kind);
  let result: T;
  let popped: Promise<GPUError | null>[];
  try {
    result = work();
  } finally {
    popped = KINDS.toReversed().map(() => gpu.device.popErrorScope());
  }
  const complaint = Promise.all(popped).then((errors) => {
    const at = errors.findIndex((error) => error !== null);
    return at < 0 ? null : { kind: KINDS.toReversed()[at]!, message: oneLine(errors[at]!.message) };
  });
  return { result, complaint };
}

const DESTROYED = /\[(?:Buffer|Texture) "([^"]+)"\] used in submit while destroyed/;

/**
 * What WebGPU said, in one line: Dawn's messages run over several, the last of which may name its own sources. The fault
 * that is not ours but the caller's is told in words.
 */
export function oneLine(message: string): string {
  const destroyed = DESTROYED.exec(message)?.[1];
  if (destroyed !== undefined)
    return `expected ${destroyed} to be there, got one that was destroyed; destroy it after the last run that uses it`;
  return message
    .split('\n')
    .map((line) => line.trim().replace(/^- /, ''))
    .filter((line) => line !== '' && !line.startsWith('at '))
    .join(' ');
}
