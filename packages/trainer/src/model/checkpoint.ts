import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { NonFiniteError, readTensor, writeTensor, type Gpu, type Tensor } from '@monosema/engine';
import { TEMPORARY } from '../artefacts/atomic-file.ts';
import {
  faultOf,
  heldNames,
  pieces,
  writeCheckpointFile,
  type HeldElements,
} from '../artefacts/checkpoint-file.ts';
import { readSafetensors } from '../artefacts/safetensors.ts';
import type { StageContext } from '../artefacts/stage-context.ts';

/** Milliseconds between checkpoints: what a killed run loses at most, unless writing one takes long. */
const INTERVAL_MS = 60_000;
/** A checkpoint that takes long to write is written more seldom, so that writing takes a twentieth of the time. */
const TIMES_AS_LONG = 20;
/** Checkpoints that are kept: if the newest is damaged, there is the one before. */
const KEPT = 2;

/** A moment of training beside its tensors on the device: arrays, and the rest as JSON. */
export interface Moment<State> {
  readonly arrays: Readonly<Record<string, Float32Array | Uint32Array>>;
  readonly state: State;
}

/**
 * The checkpoints of an unfinished stage: its last two states of training, each a file with a checksum. They hold
 * weights, Adam's moments and whatever else moves; learning rates, order of text and random numbers follow from the
 * step, for all of them are counted and none is drawn from a generator that remembers.
 */
export class Checkpoints<State> {
  readonly #gpu: Gpu;
  readonly #context: Pick<StageContext, 'checkpoint' | 'now' | 'say' | 'signal'>;
  readonly #name: string;
  readonly #tensors: ReadonlyMap<string, Tensor>;
  /** When keep was last asked, and when it last saved. */
  #asked: number;
  #saved: number;
  #interval = INTERVAL_MS;

  /**
   * @param name begins the files' names
   * @param tensors f32 or u32, by names that the resumed run gives again
   */
  constructor(
    gpu: Gpu,
    context: Pick<StageContext, 'checkpoint' | 'now' | 'say' | 'signal'>,
    name: string,
    tensors: ReadonlyMap<string, Tensor>,
  ) {
    this.#gpu = gpu;
    this.#context = context;
    this.#name = name;
    this.#tensors = tensors;
    this.#asked = this.#saved = context.now();
  }

  /** Milliseconds: when the step under way began, as keep is asked before each. */
  get time(): number {
    return this.#asked;
  }

  /**
   * Puts the tensors of the newest whole checkpoint back. A damaged one is said, removed, and passed over.
   *
   * @returns the moment that was saved with them, or null where there is none
   */
  load(): Moment<State> | null {
    const { checkpoint, say } = this.#context;
    // Left by a process that was killed while it wrote.
    for (const name of readdirSync(checkpoint))
      if (TEMPORARY.test(name)) rmSync(join(checkpoint, name), { force: true });
    const files = checkpointsIn(checkpoint, this.#name);
    for (const [i, { file, step }] of files.entries()) {
      const path = join(checkpoint, file);
      const fault = faultOf(path);
      if (fault === null) return this.#restore(path);
      const before = files[i + 1];
      const instead =
        before === undefined
          ? 'there is none before it, so training begins anew'
          : `going on from the one before, of step ${before.step}`;
      say(
        `checkpoint of step ${step}: expected ${path} as it was written, got a damaged file (${fault}); ${instead}`,
      );
      rmSync(path);
    }
    return null;
  }

  /**
   * Writes a checkpoint where one is due, or where the user asks to stop.
   *
   * @param step how many steps are done
   * @throws {NonFiniteError} if a tensor has a number that is none: the last checkpoint is then the last good state
   * @throws the signal's reason, once the checkpoint is written, where the user asks to stop
   */
  async keep(step: number, moment: () => Moment<State>): Promise<void> {
    const { signal, now } = this.#context;
    if (!signal.aborted) {
      this.#asked = now();
      if (this.#asked - this.#saved <= this.#interval) return;
    }
    await this.#save(step, moment());
    this.#saved = now();
    this.#interval = Math.max(INTERVAL_MS, TIMES_AS_LONG * (this.#saved - this.#asked));
    signal.throwIfAborted();
  }

  async #save(step: number, { arrays, state }: Moment<State>): Promise<void> {
    const { checkpoint } = this.#context;
    const held = new Map<string, HeldElements>();
    for (const [name, tensor] of this.#tensors)
      held.set(name, {
        dtype: tensor.dtype === 'u32' ? 'U32' : 'F32',
        shape: tensor.shape,
        read: (start, count) => this.#readFinite(name, tensor, start, count),
      });
    for (const [name, array] of Object.entries(arrays))
      held.set(name, {
        dtype: array instanceof Uint32Array ? 'U32' : 'F32',
        shape: [array.length],
        read: (start, count) => array.slice(start, start + count),
      });
    const path = join(checkpoint, `${this.#name}-${step}.safetensors`);
    await writeCheckpointFile(path, held, JSON.stringify(state));
    for (const { file } of checkpointsIn(checkpoint, this.#name).slice(KEPT)) rmSync(join(checkpoint, file));
  }

  async #readFinite(
    name: string,
    tensor: Tensor,
    start: number,
    count: number,
  ): Promise<Float32Array<ArrayBuffer>> {
    const read = (await readTensor(this.#gpu, tensor, start, count)) as Float32Array<ArrayBuffer>;
    const bad = read.find((value) => !Number.isFinite(value));
    if (bad === undefined) return read;
    throw new NonFiniteError(
      `checkpoint: expected finite numbers in ${name} (${tensor.shape.join(',')}), got ${bad}; the last checkpoint stays`,
      'lower the learning rate',
    );
  }

  #restore(path: string): Moment<State> {
    using file = readSafetensors(path);
    for (const [name, tensor] of this.#tensors)
      for (const [start, count] of pieces(tensor.shape))
        writeTensor(this.#gpu, tensor, file.read(name, start, count) as Float32Array, start);
    const arrays: Record<string, Float32Array | Uint32Array> = {};
    for (const name of heldNames(file))
      if (!this.#tensors.has(name)) arrays[name] = file.read(name) as Float32Array | Uint32Array;
    return { arrays, state: JSON.parse(file.metadata['state']!) as State };
  }
}

/** The checkpoints of a name in a folder, the newest first. */
export function checkpointsIn(
  folder: string,
  name: string,
): { readonly file: string; readonly step: number }[] {
  const found: { file: string; step: number }[] = [];
  for (const file of readdirSync(folder)) {
    const step = file.startsWith(`${name}-`)
      ? /^(\d+)\.safetensors$/.exec(file.slice(name.length + 1))?.[1]
      : undefined;
    if (step !== undefined) found.push({ file, step: Number(step) });
  }
  return found.toSorted((a, b) => b.step - a.step);
}

/** Names a set of parameters and their Adam moments for a checkpoint. */
export function momentTensors(
  entries: Iterable<readonly [string, Tensor, { readonly first: Tensor; readonly second: Tensor }]>,
): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor, { first, second }] of entries) {
    tensors.set(name, tensor);
    tensors.set(`${name}.first`, first);
    tensors.set(`${name}.second`, second);
  }
  return tensors;
}
