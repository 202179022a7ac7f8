import type { TextTokenizer } from '../../tokens/tokenizer.ts';
import type { TokenShard } from '../../tokens/token-shard.ts';
import type { SpacedContexts } from '../../tokens/spaced-contexts.ts';
import { ScriptFinder, scriptsOfTokens } from './script-of-tokens.ts';

/** A domain of the study: documents with one of some labels, and characters of some scripts wherever they are. */
export interface StudyDomain {
  readonly name: string;
  readonly corpusDomains: readonly string[];
  readonly scripts: readonly string[];
}

/** A document of the text. */
export interface TextDocument {
  readonly id: string;
  readonly domain: string | null;
}

/** Tokens that no domain tells apart; index into a list of these is a token's class. */
export interface TokenClass {
  /** Label of the document in the corpus; null where it has none, or one that is no kind of text. */
  readonly corpusDomain: string | null;
  /** Indices into the study's domains. */
  readonly domains: readonly number[];
}

/**
 * Tokens of a page, and pages kept: what reading examples one by one may hold in memory, 32 MB. Examples lie anywhere in
 * the text, so a page is not much larger than what is read of it.
 */
const PAGE = 1 << 12;
const MAX_PAGES = 1 << 11;

/** Labels of one document each, beyond so many, name documents and no kinds of text; and labels looked at in all. */
const MOST_SINGLE = 50;
const MOST_KINDS = 1000;

/** A character has four bytes at most, so three tokens either side hold the rest of it. */
const MARGIN = 3;

/** The tokens that features are measured on, and what is known of each: its document and its domains. */
export class EvaluationText {
  readonly contexts: SpacedContexts;
  /** (classes found so far) */
  readonly classes: TokenClass[] = [];
  readonly #shard: TokenShard;
  readonly #domains: readonly StudyDomain[];
  readonly #finder: ScriptFinder;
  readonly #starts: Float64Array;
  readonly #documents: readonly TextDocument[];
  /** Labels that are kinds of text. */
  readonly #kinds: ReadonlySet<string>;
  readonly #pages = new Map<number, Uint32Array>();
  readonly #classOf = new Map<string, number>();
  readonly #bytes: Uint8Array[];

  private constructor(
    shard: TokenShard,
    contexts: SpacedContexts,
    tokenizer: TextTokenizer,
    domains: readonly StudyDomain[],
    documents: readonly (TextDocument & { readonly start: number })[],
  ) {
    this.contexts = contexts;
    this.#shard = shard;
    this.#domains = domains;
    this.#finder = new ScriptFinder([...new Set(domains.flatMap(({ scripts }) => scripts))]);
    this.#starts = Float64Array.from(documents, ({ start }) => start);
    this.#documents = documents;
    this.#kinds = kindsOf(documents, domains);
    this.#bytes = Array.from({ length: tokenizer.size }, (_, id) => tokenizer.tokenBytes(id));
    // The token between documents is no text: the letters of its spelling have no script.
    this.#bytes[tokenizer.endOfText] = new Uint8Array(0);
  }

  /** Reads the places of the documents of a shard. @param contexts of the same shard */
  static open(
    shard: TokenShard,
    contexts: SpacedContexts,
    tokenizer: TextTokenizer,
    domains: readonly StudyDomain[],
  ): EvaluationText {
    const documents = Array.from(shard.documents(), ({ id, domain, start }) => ({ id, domain, start }));
    return new EvaluationText(shard, contexts, tokenizer, domains, documents);
  }

  /** Ids of tokens `first` to `first + count`, all of one context. */
  read(first: number, count: number): Uint32Array {
    return this.#readAt(this.contexts.positionOf(first), count);
  }

  /** The same as a list, as records and passages hold them. */
  list(first: number, count: number): number[] {
    const read = this.read(first, count);
    const tokens: number[] = [];
    // Array.from takes seven times as long, and a feature has hundreds of these.
    for (let i = 0; i < count; i++) tokens.push(read[i]!);
    return tokens;
  }

  /** Id and domain of the document that a token belongs to. */
  documentAt(token: number): TextDocument {
    return this.#documents[this.#documentIndex(this.contexts.positionOf(token))]!;
  }

  /** The label of the document that a token belongs to, where it is a kind of text; see kindsOf. */
  kindAt(token: number): string | null {
    return this.#kindOf(this.documentAt(token).domain);
  }

  #kindOf(domain: string | null): string | null {
    return domain !== null && this.#kinds.has(domain) ? domain : null;
  }

  /** The class of each of some tokens, whole contexts; see `classes`. */
  classesOf(first: number, count: number): Uint16Array {
    const result = new Uint16Array(count);
    const { length } = this.contexts;
    for (let start = 0; start < count; start += length) {
      result.set(this.#classesAt(this.contexts.positionOf(first + start), length), start);
    }
    return result;
  }

  #classesAt(position: number, count: number): Uint16Array {
    const scripts = this.#scriptsAt(position, count);
    const result = new Uint16Array(count);
    let document = this.#documentIndex(position);
    for (let i = 0; i < count; i++) {
      while (document + 1 < this.#starts.length && this.#starts[document + 1]! <= position + i) document++;
      const domain = this.#kindOf(this.#documents[document]!.domain);
      const ofToken = scripts?.[i] ?? [];
      const key = `${domain}\n${ofToken.join()}`;
      let known = this.#classOf.get(key);
      if (known === undefined) {
        known = this.classes.push(this.#describe(domain, ofToken)) - 1;
        this.#classOf.set(key, known);
      }
      result[i] = known;
    }
    return result;
  }

  #describe(corpusDomain: string | null, scripts: readonly number[]): TokenClass {
    const names = scripts.map((script) => this.#finder.scripts[script]!);
    const domains = this.#domains.flatMap((domain, index) =>
      (corpusDomain !== null && domain.corpusDomains.includes(corpusDomain)) ||
      names.some((name) => domain.scripts.includes(name))
        ? [index]
        : [],
    );
    return { corpusDomain, domains };
  }

  /** Null where no domain asks for a script. */
  #scriptsAt(position: number, count: number): readonly (readonly number[])[] | null {
    if (this.#finder.scripts.length === 0) return null;
    const from = Math.max(0, position - MARGIN);
    const to = Math.min(this.#shard.length, position + count + MARGIN);
    const bytes = Array.from(this.#readAt(from, to - from), (id) => this.#bytes[id]!);
    return scriptsOfTokens(bytes, this.#finder).slice(position - from, position - from + count);
  }

  #readAt(position: number, count: number): Uint32Array {
    const page = Math.floor(position / PAGE);
    if (Math.floor((position + count - 1) / PAGE) !== page) return this.#shard.read(position, count);
    return this.#page(page).subarray(position - page * PAGE, position - page * PAGE + count);
  }

  #page(index: number): Uint32Array {
    let page = this.#pages.get(index);
    if (page === undefined) {
      if (this.#pages.size === MAX_PAGES) this.#pages.delete(this.#pages.keys().next().value!);
      page = this.#shard.read(index * PAGE, Math.min(PAGE, this.#shard.length - index * PAGE));
      this.#pages.set(index, page);
    }
    return page;
  }

  #documentIndex(position: number): number {
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= position) low = middle;
      else high = middle;
    }
    return low;
  }
}

/**
 * Labels of documents that are kinds of text: those that the study names, and the commonest of all. Where many label one
 * document each, as addresses do, these tell nothing of the text that they stand at: any two features would fire in
 * different ones.
 */
function kindsOf(documents: readonly TextDocument[], domains: readonly StudyDomain[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const { domain } of documents) if (domain !== null) counts.set(domain, (counts.get(domain) ?? 0) + 1);
  const singles = [...counts.values()].filter((count) => count === 1).length;
  const least = singles > MOST_SINGLE ? 2 : 1;
  const common = [...counts]
    .filter(([, count]) => count >= least)
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, MOST_KINDS)
    .map(([label]) => label);
  return new Set([...domains.flatMap(({ corpusDomains }) => corpusDomains), ...common]);
}
