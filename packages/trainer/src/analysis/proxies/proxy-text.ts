import type { TextTokenizer } from '../../tokens/tokenizer.ts';
import type { EvaluationText } from '../text/evaluation-text.ts';
import { ScriptFinder, scriptsOfTokens } from '../text/script-of-tokens.ts';
import { UNICODE_SCRIPTS } from '../text/unicode-scripts.ts';
import { logRatios, scoreStrings, STRING_PROXIES } from './string-proxy.ts';

/** A property of text that can be computed from it. */
export interface Proxy {
  readonly id: string;
  readonly name: string;
  readonly kind: 'string' | 'script' | 'domain';
}

/** What counts in fewer evaluation tokens is no proxy: a feature that is active on one of them would track it. */
const LEAST_TOKENS = 50;

/** Proxies that count each of some tokens in: those of token t are `ids[offsets[t]]` to `ids[offsets[t + 1]]`. */
export interface ProxyFlags {
  readonly offsets: Uint32Array;
  readonly ids: Uint16Array;
}

/**
 * The evaluation text as proxies see it: the paper's log-likelihood ratios for kinds of strings, which count a token
 * in when they are positive, the script of its characters, and the domain of its document.
 */
export class ProxyText {
  readonly text: EvaluationText;
  readonly proxies: readonly Proxy[];
  /** Evaluation tokens that each proxy counts in. */
  readonly tokensOf: readonly number[];
  readonly #bytes: readonly Uint8Array[];
  readonly #ratios: readonly Float64Array[];
  readonly #finder: ScriptFinder;
  /** By string proxy, its place among the proxies; undefined where the text has too little of it. */
  readonly #indexOfString: readonly (number | undefined)[];
  readonly #indexOfScript: readonly (number | undefined)[];
  readonly #indexOfDomain: ReadonlyMap<string, number>;

  private constructor(
    text: EvaluationText,
    bytes: readonly Uint8Array[],
    ratios: readonly Float64Array[],
    proxies: readonly Proxy[],
    tokensOf: readonly number[],
  ) {
    this.text = text;
    this.proxies = proxies;
    this.tokensOf = tokensOf;
    this.#bytes = bytes;
    this.#ratios = ratios;
    this.#indexOfString = STRING_PROXIES.map(({ id }) => {
      const index = proxies.findIndex((proxy) => proxy.id === id);
      return index < 0 ? undefined : index;
    });
    const scripts = proxies.filter(({ kind }) => kind === 'script');
    this.#finder = new ScriptFinder(scripts.map(({ name }) => name));
    this.#indexOfScript = scripts.map((proxy) => proxies.indexOf(proxy));
    this.#indexOfDomain = new Map(
      proxies.flatMap(({ kind, name }, index) => (kind === 'domain' ? [[name, index] as const] : [])),
    );
  }

  /** Reads the text twice: what there is in it, then how much of it each proxy counts in. */
  static open(text: EvaluationText, tokenizer: TextTokenizer, watch: () => void): ProxyText {
    const bytes = Array.from({ length: tokenizer.size }, (_, id) =>
      id === tokenizer.endOfText ? new Uint8Array(0) : tokenizer.tokenBytes(id),
    );
    const counts = new Float64Array(tokenizer.size);
    const domains = new Map<string, number>();
    for (const [first, tokens] of contextsOf(text, watch)) {
      for (const token of tokens) counts[token]! += 1;
      for (const tokenClass of text.classesOf(first, tokens.length)) {
        const { corpusDomain } = text.classes[tokenClass]!;
        if (corpusDomain !== null) domains.set(corpusDomain, (domains.get(corpusDomain) ?? 0) + 1);
      }
    }
    const ratios = STRING_PROXIES.map((proxy) => logRatios(proxy, bytes, counts));
    const domainProxies = [...domains]
      .filter(([, tokens]) => tokens >= LEAST_TOKENS)
      .map(([domain]): Proxy => ({ id: `domain:${domain}`, name: domain, kind: 'domain' }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const candidates: Proxy[] = [
      ...STRING_PROXIES.map(({ id, name }): Proxy => ({ id, name, kind: 'string' })),
      ...knownScripts().map((name): Proxy => ({ id: `script:${name}`, name, kind: 'script' })),
      ...domainProxies,
    ];
    const all = new ProxyText(text, bytes, ratios, candidates, []);
    const tokensOf = candidates.map(() => 0);
    for (const [first, tokens] of contextsOf(text, watch)) {
      for (const id of all.flags(first, tokens.length).ids) tokensOf[id]! += 1;
    }
    const kept = candidates.filter((_, index) => tokensOf[index]! >= LEAST_TOKENS);
    return new ProxyText(
      text,
      bytes,
      ratios,
      kept,
      kept.map((proxy) => tokensOf[candidates.indexOf(proxy)]!),
    );
  }

  /** Which proxies count each token of whole contexts in. A character that two contexts share is in neither. */
  flags(first: number, count: number): ProxyFlags {
    const { length } = this.text.contexts;
    const offsets = new Uint32Array(count + 1);
    const ids: number[] = [];
    for (let start = 0; start < count; start += length) {
      const tokens = this.text.read(first + start, length);
      const classes = this.text.classesOf(first + start, length);
      const scores = this.#ratios.map((ratios, s) =>
        scoreStrings(ratios, tokens, STRING_PROXIES[s]!.leastTokens),
      );
      const scripts = scriptsOfTokens(
        Array.from(tokens, (token) => this.#bytes[token]!),
        this.#finder,
      );
      for (let i = 0; i < length; i++) {
        scores.forEach((score, s) => {
          const index = this.#indexOfString[s];
          if (index !== undefined && score[i]! > 0) ids.push(index);
        });
        for (const script of scripts[i]!) ids.push(this.#indexOfScript[script]!);
        const domain = this.#indexOfDomain.get(this.text.classes[classes[i]!]!.corpusDomain ?? '');
        if (domain !== undefined) ids.push(domain);
        offsets[start + i + 1] = ids.length;
      }
    }
    return { offsets, ids: Uint16Array.from(ids) };
  }
}

/** The text context by context, with the number of each one's first token. */
function* contextsOf(text: EvaluationText, watch: () => void): Generator<readonly [number, Uint32Array]> {
  const { length, tokens } = text.contexts;
  for (let first = 0; first < tokens; first += length) {
    if ((first / length) % 256 === 0) watch();
    yield [first, text.read(first, length)];
  }
}

/** The scripts that this version of the language knows. */
function knownScripts(): string[] {
  return UNICODE_SCRIPTS.filter((name) => {
    try {
      return new RegExp(`\\p{Script=${name}}`, 'u') instanceof RegExp;
    } catch {
      return false;
    }
  });
}
