import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeJsonAtomically } from '../artefacts/atomic-file.ts';

/** A turn of a conversation, in the form that chat endpoints take. */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/**
 * Answers of language models, a file each, named by the hash of the model's name and of everything it was told. What
 * was paid for once is not asked again, by whatever code, and an interrupted run goes on from them.
 */
export class AnswerStore {
  readonly #folder: string;
  readonly #model: string;

  constructor(folder: string, model: string) {
    this.#folder = folder;
    this.#model = model;
  }

  /** Null where it was not asked before, or the file is no answer. */
  find(messages: readonly Message[]): string | null {
    const path = this.#path(messages);
    if (!existsSync(path)) return null;
    try {
      const { answer } = JSON.parse(readFileSync(path, 'utf8')) as { readonly answer?: unknown };
      return typeof answer === 'string' ? answer : null;
    } catch {
      return null;
    }
  }

  keep(messages: readonly Message[], answer: string): void {
    writeJsonAtomically(this.#path(messages), { model: this.#model, messages, answer });
  }

  #path(messages: readonly Message[]): string {
    const hash = createHash('sha256')
      .update(JSON.stringify([this.#model, messages.map(({ role, content }) => [role, content])]))
      .digest('hex');
    return join(this.#folder, hash.slice(0, 2), `${hash.slice(2)}.json`);
  }
}
