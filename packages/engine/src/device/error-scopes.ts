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
 * @returns a function that waits for the report; null where all went well
 */
export function underScopes<T>(
  gpu: Gpu,
  work: () => T,
): { readonly result: T; readonly report: () => Promise<ScopedError | null> } {
  for (const kind of KINDS) gpu.device.pushErrorScope(kind);
  let result: T;
  let popped: Promise<GPUError | null>[];
  try {
    result = work();
  } finally {
    popped = KINDS.toReversed().map(() => gpu.device.popErrorScope());
  }
  const report = async (): Promise<ScopedError | null> => {
    const errors = await gpu.wait(Promise.all(popped));
    const at = errors.findIndex((error) => error !== null);
    return at < 0 ? null : { kind: KINDS.toReversed()[at]!, message: oneLine(errors[at]!.message) };
  };
  return { result, report };
}

/** Dawn's messages run over several lines, the last of which may name its own sources. */
export function oneLine(message: string): string {
  return message
    .split('\n')
    .map((line) => line.trim().replace(/^- /, ''))
    .filter((line) => line !== '' && !line.startsWith('at '))
    .join(' ');
}
