import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from './answer-store.ts';
import { ExplainerError } from './explainer-error.ts';

/** Times that a question is sent at most before the endpoint is given up. */
const TRIES = 6;
/** Pause after the first failure; it doubles from one to the next. */
const FIRST_PAUSE_MS = 1000;
/** Longest pause that a server may ask for. */
const LONGEST_PAUSE_MS = 120_000;
/** How long an answer may take: hundreds of lines from a slow model. */
const ANSWER_MS = 600_000;
/** Characters of a server's complaint that are passed on. */
const COMPLAINT = 200;

export interface EndpointOptions {
  /** As https://host/v1; `/chat/completions` is added. */
  readonly url: string;
  readonly model: string;
  /** Sent as a bearer token; null for a server that wants none. */
  readonly key: string | null;
  readonly requestsPerMinute: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** A language model behind an endpoint that speaks OpenAI's chat protocol. */
export class ChatEndpoint {
  readonly #options: EndpointOptions;
  readonly #address: string;
  /** When the next request may leave, on the clock of performance.now. */
  #next = 0;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#address = `${options.url.replace(/\/+$/, '')}/chat/completions`;
  }

  /**
   * Sends a conversation and returns the model's answer. A server that is busy, broken or out of reach is asked again,
   * after the pause that it names or a growing one.
   *
   * @throws {ExplainerError} if it refuses, does not answer in the protocol, or does not recover
   */
  async answer(messages: readonly Message[]): Promise<string> {
    const { signal, say } = this.#options;
    for (let tries = 1; ; tries++) {
      await this.#turn();
      const { text, failure, pause } = await this.#send(messages);
      if (text !== null) return text;
      if (pause === null || tries === TRIES)
        throw new ExplainerError(
          `explain: expected an answer from ${this.#address}, got ${failure}${tries > 1 ? `, ${tries} times` : ''}; check explainer.url, explainer.model and MONOSEMA_EXPLAINER_KEY and run the same command again, what was answered is kept`,
        );
      const wait = Math.min(LONGEST_PAUSE_MS, pause ?? FIRST_PAUSE_MS * 2 ** (tries - 1));
      say(`explain: ${failure}; asking again in ${(wait / 1000).toFixed(0)}s`);
      await this.#sleep(wait);
      signal.throwIfAborted();
    }
  }

  /** Waits until the rate allows another request. */
  async #turn(): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#next);
    this.#next = at + 60_000 / this.#options.requestsPerMinute;
    await this.#sleep(at - now);
    this.#options.signal.throwIfAborted();
  }

  async #sleep(milliseconds: number): Promise<void> {
    const { signal } = this.#options;
    if (milliseconds > 0)
      await sleep(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
  }

  /** Sends once. A pause of undefined leaves its length to us; of null, asking again would not help. */
  async #send(
    messages: readonly Message[],
  ): Promise<{ text: string | null; failure: string; pause: number | undefined | null }> {
    const { model, key, signal } = this.#options;
    const failed = (failure: string, pause: number | undefined | null) => ({ text: null, failure, pause });
    let response: Response;
    let body: string;
    try {
      response = await fetch(this.#address, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(key !== null && { authorization: `Bearer ${key}` }),
        },
        body: JSON.stringify({ model, messages, temperature: 0 }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
      });
      body = await response.text();
    } catch (error) {
      signal.throwIfAborted();
      return failed(reasonOf(error), undefined);
    }
    if (!response.ok) {
      const failure = `status ${response.status} (${excerpt(body)})`;
      const passing = [408, 409, 425, 429].includes(response.status) || response.status >= 500;
      return failed(failure, passing ? askedPause(response) : null);
    }
    const text = contentOf(body);
    return text === null
      ? failed(`no message (${excerpt(body)})`, undefined)
      : { text, failure: '', pause: null };
  }
}

/** The milliseconds that a server asks to be left alone for, in seconds or by a date; undefined where it names none. */
export function askedPause(response: Response): number | undefined {
  const asked = response.headers.get('retry-after');
  if (asked === null) return undefined;
  const milliseconds = /^\d+(\.\d+)?$/.test(asked.trim())
    ? Number(asked) * 1000
    : Date.parse(asked) - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}

/** What the model said; null where the body is no answer of the protocol. */
function contentOf(body: string): string | null {
  try {
    const parsed = JSON.parse(body) as {
      readonly choices?: readonly { readonly message?: { readonly content?: unknown } }[];
    };
    const content = parsed.choices?.[0]?.message?.content;
    return typeof content === 'string' ? content : null;
  } catch {
    return null;
  }
}

const excerpt = (body: string): string => {
  // What a server says may hold codes that move a terminal.
  const line = body.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line === '' ? 'nothing' : line.slice(0, COMPLAINT);
};

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error & { readonly cause?: { readonly code?: string } };
  if (name === 'TimeoutError') return `no answer in ${ANSWER_MS / 60_000} minutes`;
  const code = cause?.code;
  if (code === undefined) return message;
  return code in FAILURES ? `${FAILURES[code]} (${code})` : code;
}

/** What a connection fails by, for those who have not written a client. */
const FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody who listens there',
  ECONNRESET: 'a connection that broke off',
  UND_ERR_SOCKET: 'a connection that broke off',
  ENOTFOUND: 'no host of that name',
  EAI_AGAIN: 'no answer about the name of the host',
  ETIMEDOUT: 'no answer from the host',
  UND_ERR_CONNECT_TIMEOUT: 'no answer from the host',
};
