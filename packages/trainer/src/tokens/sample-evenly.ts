import type { Document } from '../text/corpus.ts';
import { Heap } from './heap.ts';
import { scramble } from './scramble.ts';

// Documents are sampled in pieces, so that one long document cannot be the whole of its domain.
const PIECE_BYTES = 4096;

interface Piece {
  readonly lot: number;
  readonly order: number;
  readonly bytes: Buffer;
}

/** What is kept of one domain: the pieces with the lowest lots, the highest first out. */
interface Share {
  readonly kept: Heap<Piece>;
  bytes: number;
  /** Lots from here on were given up, and stay so: otherwise late pieces would be favoured. */
  limit: number;
}

/**
 * A sample of at most `maxBytes` bytes of text with the same number of bytes from every domain, as far as each
 * has them; what small domains leave over is shared by the others. One pass, never more than the sample in
 * memory, and the same sample for the same documents and seed.
 */
export async function sampleEvenly(
  documents: AsyncIterable<Document>,
  maxBytes: number,
  seed: number,
): Promise<string[]> {
  const shares = new Map<string | null, Share>();
  let total = 0;
  let order = 0;
  for await (const { text, domain } of documents) {
    let share = shares.get(domain);
    if (!share) {
      share = { kept: new Heap((a, b) => a.lot > b.lot), bytes: 0, limit: Infinity };
      shares.set(domain, share);
    }
    for (const bytes of pieces(Buffer.from(text))) {
      const lot = scramble(seed, order);
      order += 1;
      if (lot >= share.limit) continue;
      // A copy: the piece would keep its whole document in memory.
      share.kept.push({ lot, order, bytes: Buffer.from(bytes) });
      share.bytes += bytes.length;
      total += bytes.length;
      while (total > maxBytes) total -= giveUpOne(largest(shares.values()));
    }
  }
  return [...shares.values()].flatMap(({ kept }) =>
    [...kept.values()].toSorted((a, b) => a.order - b.order).map(({ bytes }) => bytes.toString('utf8')),
  );
}

function largest(shares: Iterable<Share>): Share {
  let most: Share | undefined;
  for (const share of shares) if (!most || share.bytes > most.bytes) most = share;
  if (!most) throw new Error('internal: no share to give up from');
  return most;
}

function giveUpOne(share: Share): number {
  const piece = share.kept.pop();
  if (!piece) throw new Error('internal: a share without pieces');
  share.limit = piece.lot;
  share.bytes -= piece.bytes.length;
  return piece.bytes.length;
}

function* pieces(text: Buffer): Generator<Buffer> {
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + PIECE_BYTES, text.length);
    // 10xxxxxx continues a character.
    while (end < text.length && ((text[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    yield text.subarray(start, end);
    start = end;
  }
}
