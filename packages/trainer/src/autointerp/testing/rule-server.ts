import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Message } from '../answer-store.ts';

/** What a server answers a conversation with, or the status it gives instead; null for breaking off. */
export type Answer =
  | string
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }
  | null;

/** A request as the server saw it. */
export interface Seen {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly model: string;
  readonly messages: readonly Message[];
}

/** A server of the chat protocol on this machine that answers by a rule; closed when the test ends. */
export async function ruleServer(
  rule: (seen: Seen, number: number) => Answer,
): Promise<{ readonly url: string; readonly seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const { model, messages } = JSON.parse(body) as { model: string; messages: Message[] };
      seen.push({ path: request.url ?? '', authorization: request.headers.authorization, model, messages });
      reply(response, rule(seen.at(-1)!, seen.length));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, seen };
}

async function read(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

function reply(response: ServerResponse, answer: Answer): void {
  if (answer === null) {
    response.destroy();
    return;
  }
  const { status, body, headers } =
    typeof answer === 'string'
      ? {
          status: 200,
          body: JSON.stringify({ choices: [{ message: { role: 'assistant', content: answer } }] }),
          headers: {},
        }
      : { body: '', headers: {}, ...answer };
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}

/** The numbered tokens of a conversation's first question: number and text. */
export function numberedTokens(messages: readonly Message[]): [string, string][] {
  return [...messages[1]!.content.matchAll(/^(\d+)\t"(.*)"$/gm)].map(([, number, text]) => [number!, text!]);
}

/** Which of the three questions a conversation asks. */
export function questionOf(messages: readonly Message[]): 'explain' | 'simulate' | 'logits' {
  const [{ content }] = messages as [Message];
  return content.includes('<answer>') ? 'explain' : content.includes('yes or no') ? 'logits' : 'simulate';
}
