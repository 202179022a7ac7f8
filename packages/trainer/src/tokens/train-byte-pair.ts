/**
 * Byte-pair encoding (Sennrich et al. 2016) on bytes (Radford et al. 2019): the most frequent pair of neighbouring
 * tokens becomes a token, again and again. Counts are kept up to date by visiting only the places where the merged
 * pair stands, and a heap finds the next pair, so the time goes with the text that changes.
 */
import { Tokenizer } from './byte-pair.ts';
import { Heap } from './heap.ts';
import { END_OF_TEXT, detached, eachPreToken } from './pre-tokens.ts';
import { Spelling, type Merge } from './spelling.ts';

interface Pair {
  count: number;
  /** Where its left token may stand; some places are out of date. */
  readonly places: number[];
}

/** Unique words as one chain of tokens: neighbours by `previous` and `next`, -1 at a word's ends. */
interface Words {
  readonly token: Int32Array;
  readonly previous: Int32Array;
  readonly next: Int32Array;
  readonly weight: Uint32Array;
}

/**
 * Trains a tokenizer of at most `vocabulary` tokens on the given texts: 256 bytes, the merges, and end-of-text.
 * It is smaller when the texts hold too few pairs that occur twice.
 *
 * @throws {RangeError} if the vocabulary has no room for the bytes and end-of-text
 */
export function trainBytePair(
  texts: Iterable<string>,
  { vocabulary }: { readonly vocabulary: number },
): Tokenizer {
  if (!Number.isInteger(vocabulary) || vocabulary < 257)
    throw new RangeError(
      `vocabulary: expected at least 257 tokens (256 bytes and end-of-text), got ${vocabulary}; try 1024`,
    );
  return new Tokenizer(learnMerges(texts, vocabulary - 257));
}

/**
 * Learns up to `tokens` merges from `texts`; fewer when no pair is left that occurs twice.
 * Of equally frequent pairs the one with the lower ids goes first, so the result depends on nothing but the texts.
 */
function learnMerges(texts: Iterable<string>, tokens: number): Merge[] {
  const words = chain(countWords(texts));
  const stride = 256 + tokens;
  const pairs = new Map<number, Pair>();
  const changed = new Set<number>();

  const add = (left: number, right: number, weight: number, place: number): void => {
    const key = left * stride + right;
    const pair = pairs.get(key);
    if (pair) {
      pair.count += weight;
      pair.places.push(place);
    } else pairs.set(key, { count: weight, places: [place] });
    changed.add(key);
  };
  const remove = (left: number, right: number, weight: number): void => {
    const pair = pairs.get(left * stride + right);
    if (pair) pair.count -= weight;
  };

  for (let place = 0; place < words.token.length; place += 1) {
    const next = words.next[place]!;
    if (next >= 0) add(words.token[place]!, words.token[next]!, words.weight[place]!, place);
  }

  const queue = new Heap<{ count: number; key: number }>((a, b) =>
    a.count === b.count ? a.key < b.key : a.count > b.count,
  );
  const enqueueChanged = (): void => {
    for (const key of changed) queue.push({ count: pairs.get(key)?.count ?? 0, key });
    changed.clear();
  };
  enqueueChanged();

  const merges: Merge[] = [];
  const spelling = new Spelling();
  while (spelling.size < 256 + tokens) {
    const best = queue.pop();
    if (!best || best.count < 2) break;
    const pair = pairs.get(best.key);
    if (!pair) continue;
    if (pair.count !== best.count) {
      queue.push({ count: pair.count, key: best.key });
      continue;
    }
    const left = Math.floor(best.key / stride);
    const right = best.key % stride;
    merges.push([left, right]);
    const merged = spelling.merge(left, right);
    // Three in a row hold the pair twice; the first two go together.
    const places = left === right ? pair.places.toSorted((a, b) => a - b) : pair.places;
    for (const place of places) {
      const after = words.next[place]!;
      if (words.token[place] !== left || after < 0 || words.token[after] !== right) continue;
      const weight = words.weight[place]!;
      const before = words.previous[place]!;
      const beyond = words.next[after]!;
      if (before >= 0) {
        remove(words.token[before]!, left, weight);
        add(words.token[before]!, merged, weight, before);
      }
      if (beyond >= 0) {
        remove(right, words.token[beyond]!, weight);
        add(merged, words.token[beyond]!, weight, place);
        words.previous[beyond] = place;
      }
      words.token[place] = merged;
      words.token[after] = -1;
      words.next[place] = beyond;
    }
    pairs.delete(best.key);
    changed.delete(best.key);
    enqueueChanged();
  }
  return merges;
}

function countWords(texts: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  const count = (word: string): void => {
    const known = counts.get(word);
    counts.set(known === undefined ? detached(word) : word, (known ?? 0) + 1);
  };
  for (const text of texts) for (const part of text.split(END_OF_TEXT)) eachPreToken(part, count);
  return counts;
}

function chain(counts: ReadonlyMap<string, number>): Words {
  let length = 0;
  for (const word of counts.keys()) length += Buffer.byteLength(word);
  const words: Words = {
    token: new Int32Array(length),
    previous: new Int32Array(length),
    next: new Int32Array(length),
    weight: new Uint32Array(length),
  };
  let start = 0;
  for (const [word, count] of counts) {
    const bytes = Buffer.from(word);
    const last = start + bytes.length - 1;
    for (let place = start; place <= last; place += 1) {
      words.token[place] = bytes[place - start]!;
      words.previous[place] = place === start ? -1 : place - 1;
      words.next[place] = place === last ? -1 : place + 1;
      words.weight[place] = count;
    }
    start = last + 1;
  }
  return words;
}
