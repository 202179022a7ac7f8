import { bytesOf, type Work } from '../../program/cost.ts';
import { columnsIn, forWidth, type Kernel } from '../../program/kernel.ts';
import type { Op } from '../../program/op.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import { spreadRows } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { ShapeError } from '../../errors.ts';
import { bindDimensions, describeShape } from '../../tensor/shape.ts';

const FORWARD: Kernel = { label: 'embedding/forward', source: new URL('./forward.wgsl', import.meta.url) };
const TOKENS: Kernel = {
  label: 'embedding/backward-tokens',
  source: new URL('./backward-tokens.wgsl', import.meta.url),
};
const POSITIONS: Kernel = {
  label: 'embedding/backward-positions',
  source: new URL('./backward-positions.wgsl', import.meta.url),
};

/** Token ids of a batch, and where each id occurs; see groupTokens. */
export interface TokenBatch {
  /** (N) u32, sequences one after another. */
  readonly tokens: Value;
  /** (N) u32: positions grouped by token, ascending within a token. Needed for the gradient only. */
  readonly order: Value | null;
  /** (V+1) u32: where each token's group begins in order. */
  readonly starts: Value | null;
  /** T: positions a sequence. */
  readonly context: number;
}

interface EmbeddingSizes {
  readonly N: number;
  readonly D: number;
}

export const embeddingCost = {
  /** Reads at most every row of the table (V,D) once, and T positions. */
  forward: ({ N, D, V, T }: EmbeddingSizes & { V: number; T: number }): Work => ({
    flops: N * D,
    bytes: bytesOf(N * D, Math.min(N, V) * D, T * D, N),
  }),
  tokens: ({ N, D, V }: EmbeddingSizes & { V: number }): Work => ({
    flops: N * D,
    bytes: bytesOf(N * D, V * D, N, V + 1),
  }),
  /** P: rows of the position table. */
  positions: ({ N, D, P }: EmbeddingSizes & { P: number }): Work => ({
    flops: N * D,
    bytes: bytesOf(N * D, P * D),
  }),
};

/** x (N,D) = tokenTable[tokens] + positionTable[position in the sequence]. */
export const embedding: Op<{ tokenTable: Value; positionTable: Value }, Record<never, Value>, TokenBatch> = {
  name: 'embedding',
  forward(p, { tokenTable, positionTable }, { tokens, context }) {
    const { N, D, V } = bindDimensions(
      'embedding',
      { tokens: { u32: ['N'] }, tokenTable: ['V', 'D'], positionTable: ['P', 'D'] },
      { tokens, tokenTable, positionTable },
    );
    if (N % context !== 0 || context > positionTable.shape[0]!) {
      throw new ShapeError(
        `embedding: expected whole sequences of at most ${positionTable.shape[0]} positions, got ${N} tokens in sequences of ${context}`,
      );
    }
    const output = p.temporary('embedded', [N, D]);
    const tables = rowBlocks(p.gpu, [tokenTable]);
    for (const block of rowBlocks(
      p.gpu,
      [tokens, output],
      1,
      embeddingCost.forward({ N, D, V, T: context }),
    )) {
      const { constants, groups } = spreadRows(p.gpu, block.count, D);
      // Each block of the table writes the rows of its own tokens.
      for (const table of tables) {
        p.dispatch({
          kernel: forWidth(FORWARD, D),
          constants: {
            COLUMNS: columnsIn(D),
            CONTEXT: context,
            WORKGROUP_SIZE: constants.WORKGROUP_SIZE,
          },
          bindings: [rows(tokens, block), rows(tokenTable, table), positionTable, rows(output, block)],
          groups,
          sizes: Uint32Array.of(block.count, block.from, table.from, table.count, constants.RUN),
          cost: embeddingCost.forward({ N: block.count / tables.length, D, V: table.count, T: context }),
        });
      }
    }
    return { output, saved: {} };
  },
  backward(p, gradient, { inputs: { tokenTable, positionTable }, options: { order, starts, context } }) {
    const [N, D] = gradient.shape as [number, number];
    return {
      tokenTable: () => {
        if (order === null || starts === null) {
          throw new ShapeError(
            `embedding: expected tokens grouped for the gradient of ${tokenTable.label} ${describeShape(tokenTable.shape)}, got none; give the order and starts of groupTokens`,
          );
        }
        const d = p.temporary(`d${tokenTable.label}`, tokenTable.shape);
        const V = tokenTable.shape[0]!;
        const blocks = rowBlocks(p.gpu, [d], 1, embeddingCost.tokens({ N, D, V }));
        for (const block of blocks) {
          const { constants, groups } = spreadRows(p.gpu, block.count, D);
          p.dispatch({
            kernel: forWidth(TOKENS, D),
            constants: { COLUMNS: columnsIn(D), WORKGROUP_SIZE: constants.WORKGROUP_SIZE },
            bindings: [gradient, order, starts, rows(d, block)],
            groups,
            sizes: Uint32Array.of(block.count, block.from, constants.RUN),
            cost: embeddingCost.tokens({ N: N / blocks.length, D, V: block.count }),
          });
        }
        return d;
      },
      positionTable: () => {
        const d = p.temporary(`d${positionTable.label}`, positionTable.shape);
        const P = positionTable.shape[0]!;
        const blocks = rowBlocks(p.gpu, [d], 1, embeddingCost.positions({ N, D, P }));
        for (const block of blocks) {
          const { constants, groups } = spreadRows(p.gpu, block.count, D);
          p.dispatch({
            kernel: forWidth(POSITIONS, D),
            constants: {
              COLUMNS: columnsIn(D),
              CONTEXT: context,
              SEQUENCES: N / context,
              WORKGROUP_SIZE: constants.WORKGROUP_SIZE,
            },
            bindings: [gradient, rows(d, block)],
            groups,
            sizes: Uint32Array.of(block.count, block.from, constants.RUN),
            cost: embeddingCost.positions({ N: N / blocks.length, D, P: block.count }),
          });
        }
        return d;
      },
    };
  },
};

/**
 * Groups the positions of a batch by token: a counting sort, stable, so that gradients sum in one order.
 *
 * @param tokens (N) ids below `vocabulary`
 * @throws {ShapeError} naming the first that is not
 */
export function groupTokens(
  tokens: Uint32Array,
  vocabulary: number,
): { order: Uint32Array; starts: Uint32Array } {
  const stranger = tokens.findIndex((token) => token >= vocabulary);
  if (stranger >= 0)
    throw new ShapeError(
      `groupTokens: expected ids below the vocabulary of ${vocabulary}, got ${tokens[stranger]} at position ${stranger}`,
    );
  const starts = new Uint32Array(vocabulary + 1);
  for (const token of tokens) starts[token + 1]! += 1;
  for (let token = 0; token < vocabulary; token++) starts[token + 1]! += starts[token]!;
  const next = starts.slice();
  const order = new Uint32Array(tokens.length);
  tokens.forEach((token, position) => {
    order[next[token]!++] = position;
  });
  return { order, starts };
}
