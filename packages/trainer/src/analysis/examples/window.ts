/** Tokens `start` to `end` of the evaluation text, all of one context. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** The tokens of a window that are at most `radius` away from a token. */
export function nearby({ start, end }: Window, token: number, radius: number): Window {
  return { start: Math.max(start, token - radius), end: Math.min(end, token + radius + 1) };
}

/**
 * The window of `size` tokens around a token, moved where needed so that it stays inside the token's context of
 * `context` tokens; a context shorter than the window is shown whole.
 */
export function windowAround(token: number, size: number, context: number): Window {
  const begin = Math.floor(token / context) * context;
  const length = Math.min(size, context);
  const start = Math.min(Math.max(token - Math.floor(length / 2), begin), begin + context - length);
  return { start, end: start + length };
}
