import type { ContextBatches } from '../analysed-model.ts';
import type { ShownActivations } from '../examples/shown-activations.ts';
import { LOGITS } from '../examples/wanted.ts';
import { CHANGES, HEADS, ITEMS, WORDS, type AblationProgram } from './ablation-program.ts';

/** Activations shown of one dictionary, and where its features stand among the directions of the program. */
export interface Ablated {
  readonly shown: ShownActivations;
  /** Feature j is direction `offset + j`; features whose direction is not there are passed over. */
  readonly offset: number;
  /**
   * Told of every activation whose changes of logits are wanted: the token that comes next, by how much its logit falls,
   * and the stream (D) it was predicted from.
   */
  readonly fell: (item: number, target: number, fall: number, stream: Float32Array) => void;
}

/**
 * Measures, for every shown activation whose next token is shown too, by how much the loss of that token changes
 * when the feature's contribution is taken out of the activations, all else (the error of the dictionary too) kept; and
 * which logits change most, where that is wanted.
 *
 * @param of first: contexts that are done already; directions: how many the program has
 * @param context T
 * @param watch called after every batch with the contexts done; throws to stop
 */
export async function ablate(
  program: AblationProgram,
  batches: ContextBatches,
  context: number,
  ablated: readonly Ablated[],
  of: { readonly first: number; readonly directions: number },
  watch: (contexts: number) => Promise<void>,
): Promise<void> {
  const { directions } = of;
  const start = of.first * context;
  const cursors = ablated.map(({ shown }) => {
    const found = shown.tokens.findIndex((token) => token >= start);
    return found < 0 ? shown.tokens.length : found;
  });
  const packer = new Packer(program, ablated);
  const ends = new EndPacker(program, ablated);
  for (const batch of batches) {
    const first = batch.first * context;
    const end = first + batch.contexts * context;
    if (batch.first < of.first) continue;
    const waiting = ablated.some(({ shown }, s) => (shown.tokens[cursors[s]!] ?? Infinity) < end);
    if (!waiting) continue;
    const tokens = batches.load(batch);
    await program.enter();
    let seen = 0;
    for (let token = first; token < end; token++) {
      const pairs: Pair[] = [];
      ablated.forEach(({ shown, offset }, source) => {
        let item = cursors[source]!;
        for (; shown.tokens[item] === token; item++) {
          const direction = offset + shown.features[item]!;
          if (shown.wanted[item] === 0 || direction < 0 || direction >= directions) continue;
          pairs.push({ source, item, direction, amount: shown.values[item]! });
        }
        cursors[source] = item;
      });
      if (pairs.length === 0) continue;
      const row = token - first;
      // A context's tokens come with the one after it, so its row of T + 1 holds the target.
      const target = tokens[row + Math.floor(row / context) + 1]!;
      if (row >= seen) {
        await packer.flush();
        await ends.flush();
        seen = await program.look(row);
      }
      await packer.add(row, target, pairs);
      await ends.add(row, target, pairs);
    }
    await packer.flush();
    await ends.flush();
    await watch(batch.first + batch.contexts);
  }
}

interface Pair {
  readonly source: number;
  readonly item: number;
  readonly direction: number;
  readonly amount: number;
}

/** What a place of a head is for: a pair, the loss with nothing taken away, or nothing. */
const BASELINE = -1;
const EMPTY = -2;

/** Packs pairs into heads and hands the losses back as changes against the loss with nothing taken away. */
class Packer {
  readonly #program: AblationProgram;
  readonly #ablated: readonly Ablated[];
  readonly #words = new Uint32Array(HEADS * WORDS);
  readonly #amounts = new Float32Array(this.#words.buffer);
  readonly #sources = new Int32Array(4 * HEADS);
  readonly #items = new Uint32Array(4 * HEADS);
  #heads = 0;

  constructor(program: AblationProgram, ablated: readonly Ablated[]) {
    this.#program = program;
    this.#ablated = ablated;
  }

  /** Adds the pairs of a row. */
  async add(row: number, target: number, pairs: readonly Pair[]): Promise<void> {
    // Each part is led by a baseline of its own, computed by the same kernel, so that rounding cancels.
    const part = 4 * HEADS - 1;
    for (let start = 0; start < pairs.length; start += part) {
      const here = pairs.slice(start, start + part);
      if (this.#heads + Math.ceil((here.length + 1) / 4) > HEADS) await this.flush();
      const place = 4 * this.#heads;
      this.#heads += Math.ceil((here.length + 1) / 4);
      for (let at = place; at < 4 * this.#heads; at++) {
        const word = Math.floor(at / 4) * WORDS;
        const pair = at === place ? undefined : here[at - place - 1];
        this.#words[word] = row - this.#program.first;
        this.#words[word + 1] = target;
        this.#words[word + 2 + 2 * (at % 4)] = pair?.direction ?? 0;
        this.#amounts[word + 3 + 2 * (at % 4)] = pair?.amount ?? 0;
        this.#sources[at] = pair?.source ?? (at === place ? BASELINE : EMPTY);
        this.#items[at] = pair?.item ?? 0;
      }
    }
  }

  /** Computes what was added. */
  async flush(): Promise<void> {
    if (this.#heads === 0) return;
    const losses = await this.#program.losses(this.#words, this.#heads);
    let baseline = 0;
    losses.forEach((loss, at) => {
      const source = this.#sources[at]!;
      if (source === BASELINE) baseline = loss;
      else if (source !== EMPTY) this.#ablated[source]!.shown.lossChanges[this.#items[at]!] = loss - baseline;
    });
    this.#heads = 0;
  }
}

/** Packs pairs whose changes of logits are wanted, and hands both ends of them back. */
class EndPacker {
  readonly #program: AblationProgram;
  readonly #ablated: readonly Ablated[];
  readonly #words = new Uint32Array(4 * ITEMS);
  readonly #amounts = new Float32Array(this.#words.buffer);
  readonly #pairs: { readonly source: number; readonly item: number; readonly row: number }[] = [];

  constructor(program: AblationProgram, ablated: readonly Ablated[]) {
    this.#program = program;
    this.#ablated = ablated;
  }

  async add(row: number, target: number, pairs: readonly Pair[]): Promise<void> {
    for (const { source, item, direction, amount } of pairs) {
      if (this.#ablated[source]!.shown.wanted[item] !== LOGITS) continue;
      const at = 4 * this.#pairs.length;
      this.#words.set([row - this.#program.first, target, direction], at);
      this.#amounts[at + 3] = amount;
      this.#pairs.push({ source, item, row });
      if (this.#pairs.length === ITEMS) await this.flush();
    }
  }

  async flush(): Promise<void> {
    if (this.#pairs.length === 0) return;
    const { changes, tokens } = await this.#program.extremes(this.#words, this.#pairs.length);
    const ends = CHANGES - 1;
    this.#pairs.forEach(({ source, item, row }, i) => {
      const { shown, fell } = this.#ablated[source]!;
      const at = i * CHANGES;
      shown.logits.set(
        item,
        tokens.subarray(i * ends, (i + 1) * ends),
        changes.subarray(at + 1, at + CHANGES),
      );
      fell(item, this.#words[4 * i + 1]!, -changes[at]!, this.#program.streamOf(row));
    });
    this.#pairs.length = 0;
  }
}
