import { RUBRIC, complete } from '../rating/rubric.ts';
import type { Scores } from '../rating/rubric.ts';

/** What a rater has said of one item. */
export interface Answer {
  meaning: string;
  scores: Partial<Scores>;
}

/** Where an item is from: dictionary, feature, level. */
export type Source = [string, number, number];

/** Answers by item, kept in the browser. */
export class Answers {
  readonly #set: string;
  #given: Record<string, Answer> = {};

  constructor(set: string) {
    this.#set = set;
    try {
      this.#given = JSON.parse(localStorage.getItem(this.#key) ?? '{}') as Record<string, Answer>;
    } catch {
      // Storage may be forbidden, or hold something else; answers then last as long as the page, and can be exported.
    }
  }

  get #key(): string {
    return `monosema-ratings-${this.#set}`;
  }

  of(item: string): Answer {
    return this.#given[item] ?? { meaning: '', scores: {} };
  }

  give(item: string, answer: Answer): void {
    this.#given[item] = answer;
    this.#keep();
  }

  forget(): void {
    this.#given = {};
    this.#keep();
  }

  #keep(): void {
    try {
      localStorage.setItem(this.#key, JSON.stringify(this.#given));
    } catch {
      // As above.
    }
  }

  /** The answers as a file; with a key, where each item is from as well. */
  export(items: readonly string[], key?: Readonly<Record<string, Source>>): string {
    const ratings = items.flatMap((item) => {
      const { meaning, scores } = this.of(item);
      const whole = complete(scores);
      const from = key?.[item];
      const source = from ? { dictionary: from[0], feature: from[1], level: from[2] } : {};
      return whole ? [{ item, meaning, scores: whole, ...source }] : [];
    });
    return `${JSON.stringify({ kind: 'monosema-ratings', version: 1, set: this.#set, finished: key !== undefined, ratings }, null, 2)}\n`;
  }

  /**
   * Takes the answers of a file in the place of those to the same items.
   *
   * @returns how many
   * @throws {Error} with a sentence, when it is no such file or one of another set
   */
  import(text: string): number {
    const file = parse(text);
    if (file?.kind !== 'monosema-ratings' || !Array.isArray(file.ratings))
      throw new Error('Expected a file that this page exported, got something else; nothing was changed.');
    if (file.set !== this.#set)
      throw new Error(
        `Expected ratings of the set ${this.#set}, got those of ${String(file.set)}; they belong to another study or another run of it.`,
      );
    const ratings = file.ratings.filter(isRating);
    for (const { item, meaning, scores } of ratings) this.#given[item] = { meaning, scores };
    this.#keep();
    return ratings.length;
  }
}

interface RatingFile {
  kind?: unknown;
  set?: unknown;
  ratings?: unknown;
}

function parse(text: string): RatingFile | undefined {
  try {
    return JSON.parse(text) as RatingFile;
  } catch {
    return undefined;
  }
}

function isRating(value: unknown): value is { item: string; meaning: string; scores: Scores } {
  const { item, meaning, scores } = (value ?? {}) as { item?: unknown; meaning?: unknown; scores?: unknown };
  if (typeof item !== 'string' || typeof meaning !== 'string' || typeof scores !== 'object' || !scores)
    return false;
  return RUBRIC.every(({ key, most }) => {
    const given = (scores as Record<string, unknown>)[key];
    return typeof given === 'number' && Number.isInteger(given) && given >= 0 && given <= most;
  });
}
