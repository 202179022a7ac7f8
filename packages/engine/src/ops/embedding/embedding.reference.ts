import { Sums, type OpReference } from '../../testing/reference.ts';

export interface EmbeddingSizes {
  readonly tokens: Uint32Array;
  readonly vocabulary: number;
  /** Rows of the position table, at least the context. */
  readonly positions: number;
  readonly context: number;
  readonly width: number;
}

/** x (N,D) = tokenTable (V,D) at the tokens + positionTable (P,D) at their positions in the sequence. */
export function embeddingReference({
  tokens,
  vocabulary,
  positions,
  context,
  width,
}: EmbeddingSizes): OpReference<'tokenTable' | 'positionTable'> {
  return {
    // A token may hold every position of the batch; a place in the context comes once a sequence.
    roundings: { output: 1, tokenTable: tokens.length, positionTable: tokens.length / context },
    forward({ tokenTable, positionTable }) {
      const x = new Sums(tokens.length * width);
      tokens.forEach((token, n) => {
        for (let d = 0; d < width; d++) {
          x.add(n * width + d, tokenTable[token * width + d]!);
          x.add(n * width + d, positionTable[(n % context) * width + d]!);
        }
      });
      return x;
    },
    backward(_inputs, cotangent) {
      const tokenTable = new Sums(vocabulary * width);
      const positionTable = new Sums(positions * width);
      tokens.forEach((token, n) => {
        for (let d = 0; d < width; d++) {
          tokenTable.add(token * width + d, cotangent[n * width + d]!);
          positionTable.add((n % context) * width + d, cotangent[n * width + d]!);
        }
      });
      return { tokenTable, positionTable };
    },
  };
}
