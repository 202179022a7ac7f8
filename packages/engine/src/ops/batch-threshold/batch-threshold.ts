import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { columnsIn, forWidth, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows, type RowBlock } from '../../program/rows.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions, sizeOf } from '../../tensor/shape.ts';
import { maskOfRows, type ActiveMask } from '../active-mask/active-mask.ts';
import { groupsOf, recordKept, recordMaxima, selectRowsCost, type Choice } from '../top-k/select-rows.ts';

const GROUPED = new URL('./grouped-rows.wgsl', import.meta.url);
const COUNT_ROWS: Kernel = {
  label: 'batch-threshold/count-rows',
  source: new URL('./count-rows.wgsl', import.meta.url),
  before: GROUPED,
  reduces: true,
};
const ROWS_BEFORE: Kernel = {
  label: 'batch-threshold/rows-before',
  source: new URL('./rows-before.wgsl', import.meta.url),
  reduces: true,
};
const GATHER: Kernel = {
  label: 'batch-threshold/gather',
  source: new URL('./gather.wgsl', import.meta.url),
  before: GROUPED,
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
const KEPT_OF_ROWS: Kernel = {
  label: 'batch-threshold/kept-of-rows',
  source: new URL('./kept-of-rows.wgsl', import.meta.url),
  before: GROUPED,
};

/** Where the first digit of a float's 31 bits begins, and how many bits the digits below have. */
const TOP = 28;
const DIGIT = 4;
/** Where the digits end that bound a threshold from below: its exponent and seven bits more. */
const BOUND = 16;
/** What a round leaves: another digit; the last digit of a bound, or of the threshold; or what lies above that. */
const ROUND = { digit: 0, bound: 1, threshold: 2, count: 3 } as const;

export const batchThresholdCost = {
  rowsBefore: ({ B }: { B: number }): Work => ({ flops: 0, bytes: bytesOf(2 * B) }),
  narrow: ({ G }: { G: number }): Work => ({ flops: 0, bytes: bytesOf(16 * G) }),
  keptOfRows: ({ B }: { B: number }): Work => ({ flops: 0, bytes: bytesOf(4 * B) }),
};

/** Entries of a span at least, where there can be as many, and spans at most: what keeps all cores of an adapter busy. */
const SPAN = 4096;
const MOST_SPANS = { cpu: 16, gpu: 256 };
/** Words of a search's state, and which of them say how many entries are held, in turn; see narrow.wgsl. */
const STATE = 8;
const HELD = [3, 5] as const;

/**
 * Finds the k·B largest positive entries of a matrix (B,F) that need never be whole: its blocks of rows come one after
 * another, and each is read once, and again only in the groups of columns whose maxima lie above the threshold so far. For
 * the first block that is a bound: what enough of the maxima reach, enough entries reach. Memory is that of k·B entries
 * and one block, at most.
 *
 * The largest of what came before and of a block are the largest of all that came, so the threshold is exact: the same
 * bits as over the whole.
 */
export class BatchThreshold {
  readonly #p: ProgramBuilder;
  readonly #choice: Choice;
  readonly #wanted: number;
  readonly #state: Value;
  /** Entries above the threshold so far: read from one, kept in the other. */
  readonly #held: readonly [Value, Value];
  /** Of values that were added, for when they come again. */
  readonly #maxima = new Map<Value, Value>();
  #blocks = 0;

  /**
   * @param k entries that are to be kept of each row on the average
   * @param rows B, of all blocks
   */
  constructor(p: ProgramBuilder, k: number, rows: number) {
    this.#p = p;
    this.#choice = { k, among: null };
    this.#wanted = k * rows;
    this.#state = p.temporary('threshold bits', [STATE], 'u32');
    const held = () => p.temporary('largest so far', [this.#wanted], 'u32');
    this.#held = [held(), held()];
  }

  /**
   * u32 (8), of which the first has the bits of the smallest entry that is kept as a float, or 0 where all that are
   * positive are.
   */
  get threshold(): Value {
    return this.#state;
  }

  /** Takes the next rows of the matrix, x (b,F). */
  add(x: Value): void {
    for (const block of this.#cut(x)) this.#add(rows(x, block));
  }

  /** Each kernel takes about as long as reading x once, or less. */
  #cut(x: Value): RowBlock[] {
    const [B, F] = x.shape as [number, number];
    return rowBlocks(this.#p.gpu, [x], 1, selectRowsCost.maxima({ B, F, k: this.#choice.k, among: false }));
  }

  #add(x: Value): void {
    const p = this.#p;
    const { B, F } = bindDimensions('batchThreshold', { x: ['B', 'F'] }, { x });
    const turn = this.#blocks % 2;
    const first = this.#blocks === 0;
    this.#blocks += 1;
    const held = first ? p.unread : this.#held[turn]!;
    const maxima = recordMaxima(p, x, this.#choice);
    this.#maxima.set(x, maxima);
    if (first) {
      const count = sizeOf(maxima.shape);
      this.#search({ held: p.unread, fresh: maxima, turn, first, given: count }, count, BOUND);
    }
    const counts = this.#countRows(x, maxima);
    recordRowsBefore(p, counts, this.#state, { column: 0, goesOn: false });
    const fresh = p.temporary('entries above', [B * F], 'u32');
    p.dispatch({
      kernel: forWidth(GATHER, F),
      constants: { WORKGROUP_SIZE: p.gpu.workgroupSize },
      bindings: [x, maxima, this.#state, counts, fresh],
      groups: B,
      sizes: this.#rowSizes(x),
      cost: null, // how many entries lie above is nowhere counted
    });
    const entries = { held, fresh, turn, first, given: 0 };
    // The last round finds no digit: it counts what lies above the threshold.
    const { partial, sizes, spans } = this.#search(entries, this.#wanted + B * F, -DIGIT);
    p.dispatch({
      kernel: KEEP,
      constants: { WORKGROUP_SIZE: p.gpu.workgroupSize },
      bindings: [held, fresh, this.#state, partial, this.#held[1 - turn]!],
      groups: spans,
      sizes,
      cost: null,
    });
  }

  /**
   * Finds, digit by digit, what as many entries reach as are wanted.
   *
   * @param count of the entries, at most
   * @param end where the last digit begins
   * @returns what the last round left
   */
  #search(
    { held, fresh, turn, first, given }: Entries,
    count: number,
    end: number,
  ): { readonly partial: Value; readonly sizes: Uint32Array; readonly spans: number } {
    const p = this.#p;
    const constants = { WORKGROUP_SIZE: p.gpu.workgroupSize };
    const most = p.gpu.isCpu ? MOST_SPANS.cpu : MOST_SPANS.gpu;
    const spans = Math.min(most, Math.ceil(count / SPAN));
    const partial = p.temporary('entries of spans', [spans, 16], 'u32');
    const result = end === BOUND ? ROUND.bound : ROUND.threshold;
    let sizes = new Uint32Array();
    for (let shift = TOP; shift >= end; shift -= DIGIT) {
      sizes = Uint32Array.of(
        Math.max(shift, 0),
        first ? 1 : 0,
        shift === TOP ? 1 : 0,
        shift < 0 ? ROUND.count : shift === Math.max(end, 0) ? result : ROUND.digit,
        this.#wanted,
        HELD[turn]!,
        HELD[1 - turn]!,
        spans,
        given,
      );
      p.dispatch({
        kernel: COUNT,
        constants,
        // The first of all rounds knows nothing yet.
        bindings: [held, fresh, given > 0 && shift === TOP ? p.unread : this.#state, partial],
        groups: spans,
        sizes,
        cost: null,
      });
      p.dispatch({
        kernel: NARROW,
        constants,
        bindings: [partial, this.#state],
        groups: 1,
        sizes,
        cost: batchThresholdCost.narrow({ G: spans }),
      });
    }
    return { partial, sizes, spans };
  }

  /** u32 (b,2): entries of each row of x (b,F) above the threshold, and at it. */
  #countRows(x: Value, maxima: Value): Value {
    const p = this.#p;
    const [B, F] = x.shape as [number, number];
    const counts = p.temporary('entries of rows', [B, 2], 'u32');
    p.dispatch({
      kernel: forWidth(COUNT_ROWS, F),
      constants: { WORKGROUP_SIZE: p.gpu.workgroupSize },
      bindings: [x, maxima, this.#state, counts],
      groups: B,
      sizes: this.#rowSizes(x),
      cost: null,
    });
    return counts;
  }

  /** The `here` uniform of kernels that go through groups of columns. */
  #rowSizes(x: Value): Uint32Array {
    const [B, F] = x.shape as [number, number];
    const { shift, count } = groupsOf(F, this.#choice.k);
    return Uint32Array.of(B, columnsIn(F), shift, count);
  }

  /**
   * Begins the second pass, which marks the entries of each block that are kept; ties go to the lowest index in row-major
   * order. The blocks must come again, in their order, after all were added.
   */
  selection(): (x: Value) => ActiveMask {
    const p = this.#p;
    let goesOn = false;
    return (x) => {
      const [all, F] = x.shape as [number, number];
      const rowMask = p.temporary(`largest of ${x.label}`, [all, Math.ceil(F / 32)], 'u32');
      for (const block of this.#cut(x)) {
        const B = block.count;
        const part = rows(x, block);
        const maxima = this.#maxima.get(part) ?? recordMaxima(p, part, this.#choice);
        const counts = this.#countRows(part, maxima);
        recordRowsBefore(p, counts, this.#state, { column: 1, goesOn });
        goesOn = true;
        const kept = p.temporary('thresholds of rows', [B, 2], 'u32');
        p.dispatch({
          kernel: forWidth(KEPT_OF_ROWS, F),
          bindings: [part, maxima, this.#state, counts, kept],
          groups: Math.ceil(B / 64),
          sizes: this.#rowSizes(part),
          cost: batchThresholdCost.keptOfRows({ B }),
        });
        recordKept(p, part, this.#choice, { maxima, kept, rowMask, firstRow: block.from });
      }
      return maskOfRows(p, rowMask, F);
    };
  }
}

/** What a search goes over. */
interface Entries {
  readonly held: Value;
  readonly fresh: Value;
  /** Which of the two is held. */
  readonly turn: number;
  /** Whether nothing is. */
  readonly first: boolean;
  /** How many fresh entries there are, where that is known; else 0. */
  readonly given: number;
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
