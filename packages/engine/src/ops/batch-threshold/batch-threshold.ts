import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import { recordCount, recordSelect } from '../batch-top-k/batch-top-k.ts';

const ROWS_BEFORE: Kernel = {
  label: 'batch-threshold/rows-before',
  source: new URL('./rows-before.wgsl', import.meta.url),
  reduces: true,
};
const GATHER: Kernel = {
  label: 'batch-threshold/gather',
  source: new URL('./gather.wgsl', import.meta.url),
  reduces: true,
};
const COUNT: Kernel = {
  label: 'batch-threshold/count',
  source: new URL('./count.wgsl', import.meta.url),
  reduces: true,
};
const NARROW: Kernel = {
  label: 'batch-threshold/narrow',
  source: new URL('./narrow.wgsl', import.meta.url),
  reduces: true,
};
const KEEP: Kernel = {
  label: 'batch-threshold/keep',
  source: new URL('./keep.wgsl', import.meta.url),
  reduces: true,
};

/** Where the first digit of a float's 31 bits begins, and how many bits the digits below have. */
const TOP = 28;
const DIGIT = 4;

export const batchThresholdCost = {
  rowsBefore: ({ B }: { B: number }): Work => ({ flops: 0, bytes: bytesOf(2 * B) }),
  narrow: ({ G }: { G: number }): Work => ({ flops: 0, bytes: bytesOf(16 * G) }),
};

/** Entries of a span at least, where there can be as many, and spans at most: what keeps all cores of an adapter busy. */
const SPAN = 4096;
const MOST_SPANS = { cpu: 16, gpu: 256 };
/** Words of a search's state, and which of them say how many entries are held, in turn; see narrow.wgsl. */
const STATE = 8;
const HELD = [3, 5] as const;

/**
 * Finds the threshold of batchTopK over a matrix that is never whole: its blocks of rows come one after another, and of
 * each only the entries above the threshold so far are looked at closely. Memory is that of `wanted` entries and one
 * block, at most.
 *
 * The `wanted` largest of what came before and of a block are the `wanted` largest of all that came, so the threshold is
 * exact: the same bits as over the whole.
 */
export class BatchThreshold {
  readonly #p: ProgramBuilder;
  readonly #wanted: number;
  readonly #state: Value;
  /** Entries above the threshold so far: read from one, kept in the other. */
  readonly #held: readonly [Value, Value];
  #blocks = 0;

  /** @param wanted entries that are to be kept of all */
  constructor(p: ProgramBuilder, wanted: number) {
    this.#p = p;
    this.#wanted = wanted;
    this.#state = p.temporary('threshold bits', [STATE], 'u32');
    const held = () => p.temporary('largest so far', [wanted], 'u32');
    this.#held = [held(), held()];
  }

  /** u32 (8), of which the first has the bits of the smallest entry to be kept, or 0 where all that are positive are. */
  get threshold(): Value {
    return this.#state;
  }

  /** Takes the next rows of the matrix, x (b,F). */
  add(x: Value): void {
    for (const block of rowBlocks(this.#p.gpu, [x])) this.#add(rows(x, block));
  }

  #add(x: Value): void {
    const p = this.#p;
    const { B, F } = bindDimensions('batchThreshold', { x: ['B', 'F'] }, { x });
    const WORKGROUP_SIZE = p.gpu.workgroupSize;
    const turn = this.#blocks % 2;
    const first = this.#blocks === 0;
    this.#blocks += 1;
    const held = first ? p.unread : this.#held[turn]!;
    const next = this.#held[1 - turn]!;

    const counts = p.temporary('entries above, by rows', [B, 2], 'u32');
    recordCount(p, x, first ? p.unread : this.#state, counts, { first });
    recordRowsBefore(p, counts, this.#state, { column: 0, goesOn: false });
    const fresh = p.temporary('entries above', [B * F], 'u32');
    p.dispatch({
      kernel: GATHER,
      constants: { WORKGROUP_SIZE },
      bindings: [x, this.#state, counts, fresh],
      groups: B,
      sizes: Uint32Array.of(B, F, first ? 1 : 0),
      cost: null, // how many entries lie above is nowhere counted
    });
    const most = p.gpu.isCpu ? MOST_SPANS.cpu : MOST_SPANS.gpu;
    const spans = Math.min(most, Math.ceil((this.#wanted + B * F) / SPAN));
    const partial = p.temporary('entries of spans', [spans, 16], 'u32');
    const round = (shift: number): Uint32Array =>
      Uint32Array.of(
        Math.max(shift, 0),
        first ? 1 : 0,
        shift === TOP ? 1 : 0,
        shift < 0 ? 1 : 0,
        this.#wanted,
        HELD[turn]!,
        HELD[1 - turn]!,
        spans,
      );
    // The last round finds no digit: it counts what lies above the threshold.
    for (let shift = TOP; shift >= -DIGIT; shift -= DIGIT) {
      p.dispatch({
        kernel: COUNT,
        constants: { WORKGROUP_SIZE },
        bindings: [held, fresh, this.#state, partial],
        groups: spans,
        sizes: round(shift),
        cost: null,
      });
      p.dispatch({
        kernel: NARROW,
        constants: { WORKGROUP_SIZE },
        bindings: [partial, this.#state],
        groups: 1,
        sizes: round(shift),
        cost: batchThresholdCost.narrow({ G: spans }),
      });
    }
    p.dispatch({
      kernel: KEEP,
      constants: { WORKGROUP_SIZE },
      bindings: [held, fresh, this.#state, partial, next],
      groups: spans,
      sizes: round(0),
      cost: null,
    });
  }

  /**
   * Begins the second pass: `select` then gives the entries of each block that are kept, and zeros elsewhere. The blocks
   * must come again, in their order, after all were added.
   */
  selection(): (x: Value, into: Value) => void {
    const p = this.#p;
    let first = true;
    return (x, into) => {
      for (const block of rowBlocks(p.gpu, [x])) {
        const counts = p.temporary('entries at the threshold, by rows', [block.count, 2], 'u32');
        recordCount(p, rows(x, block), this.#state, counts, { first: false });
        recordRowsBefore(p, counts, this.#state, { column: 1, goesOn: !first });
        recordSelect(p, rows(x, block), this.#state, counts, rows(into, block));
        first = false;
      }
    };
  }
}

function recordRowsBefore(
  p: ProgramBuilder,
  counts: Value,
  state: Value,
  { column, goesOn }: { readonly column: 0 | 1; readonly goesOn: boolean },
): void {
  const B = counts.shape[0]!;
  p.dispatch({
    kernel: ROWS_BEFORE,
    constants: { WORKGROUP_SIZE: p.gpu.workgroupSize },
    bindings: [counts, state],
    groups: 1,
    sizes: Uint32Array.of(B, column, goesOn ? 1 : 0),
    cost: batchThresholdCost.rowsBefore({ B }),
  });
}
