import type { Gpu } from '../device/gpu.ts';
import { readBack } from '../tensor/readback.ts';
import { describeShape, sizeOf, type Shape } from '../tensor/shape.ts';
import { pipelineFor, type Kernel } from './kernel.ts';
import type { Command } from './program.ts';
import { flat, rowBlocks, rows } from './rows.ts';
import { wholeOf, type Value } from './value.ts';

const KERNEL: Kernel = {
  label: 'first-non-finite',
  source: new URL('./first-non-finite.wgsl', import.meta.url),
};
/** Workgroups of a look at one value: enough for any adapter, few enough to start quickly. */
const MOST_GROUPS = 1024;
/** Bytes between two answers: bindings begin at multiples of it. */
const STRIDE = 256;
const NOT_FOUND = 0xffff_ffff;

/** The first value of a run with an element that is infinite or no number. */
export interface NonFinite {
  readonly program: string;
  /** The kernel that wrote it from finite values; null where it was like that before the run. */
  readonly kernel: string | null;
  /** Which of the program's dispatches that is, counted from 1, and of how many. */
  readonly dispatch: readonly [number, number];
  readonly label: string;
  readonly shape: Shape;
  /** The first such element. */
  readonly index: readonly number[];
  readonly kind: 'infinity' | 'NaN' | 'infinities and NaNs';
}

/** A sentence about what was found, to go on with what to do. */
export function describeNonFinite(found: NonFinite): string {
  const { program, kernel, dispatch, label, shape, index, kind } = found;
  const what = `${label} ${describeShape(shape)} has ${kind} from element ${describeShape(index)} on`;
  return kernel === null
    ? `${what}, before ${program} ran`
    : `${what}, which ${kernel} (dispatch ${dispatch[0]} of ${dispatch[1]} of ${program}) made of finite values`;
}

/** One look at one value: after a dispatch, or before all of them. */
interface Look {
  /** Of the dispatch that wrote it; -1 before the run. */
  readonly after: number;
  readonly value: Value;
  readonly buffer: GPUBuffer;
  readonly at: number;
}

/**
 * Runs commands once, looking after each at everything it wrote. Temporaries are zero before their first use, because
 * a kernel need not write all of one.
 */
export async function runLooking(
  gpu: Gpu,
  program: string,
  commands: readonly Command[],
): Promise<NonFinite | null> {
  const looks = placeLooks(gpu, commands);
  const lens = new Lens(gpu, program, looks, await pipelineFor(gpu, KERNEL, {}));
  try {
    const fresh = new Set<Value>();
    for (let index = -1; index < commands.length; index++) {
      const encoder = gpu.device.createCommandEncoder({ label: `${program}, looking` });
      const command = commands[index];
      if (command !== undefined) clearFresh(encoder, command, fresh);
      const pass = encoder.beginComputePass();
      if (command !== undefined) {
        pass.setPipeline(command.pipeline);
        pass.setBindGroup(0, command.bindGroup);
        pass.dispatchWorkgroups(...command.groups);
      }
      for (const look of looks) if (look.after === index) lens.look(pass, look);
      pass.end();
      gpu.submissions.submit(encoder.finish());
      if (gpu.submissions.tooMany) await gpu.submissions.settle();
    }
    return firstOf(program, commands, looks, await lens.read());
  } finally {
    lens.destroy();
  }
}

/** Clears what a command is the first to use. */
function clearFresh(encoder: GPUCommandEncoder, { uses }: Command, fresh: Set<Value>): void {
  for (const { value, place } of uses) {
    const whole = wholeOf(value);
    if (whole.tensor !== null || fresh.has(whole)) continue;
    fresh.add(whole);
    if (whole.label !== 'scalars' && !('createView' in place)) encoder.clearBuffer(place);
  }
}

/** What was seen of a value: the first element that is not finite, or NOT_FOUND; and the kinds of those that are not. */
type Answer = readonly [element: number, kinds: number];

/** The kernel that looks, with a place for the answer of each look. */
class Lens {
  readonly #gpu: Gpu;
  readonly #pipeline: GPUComputePipeline;
  readonly #bytes: number;
  readonly #found: GPUBuffer;
  readonly #counts: GPUBuffer;

  constructor(gpu: Gpu, program: string, looks: readonly Look[], pipeline: GPUComputePipeline) {
    this.#gpu = gpu;
    this.#pipeline = pipeline;
    this.#bytes = Math.max(1, looks.length) * STRIDE;
    const { device } = gpu;
    const buffer = (label: string, usage: number): GPUBuffer =>
      device.createBuffer({ label: `${program}/${label}`, size: this.#bytes, usage });
    this.#found = buffer('found', GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST);
    this.#counts = buffer('counts', GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
    const start = new Uint32Array(this.#bytes / 4);
    const extents = new Uint32Array(this.#bytes / 4);
    for (const { at, value } of looks) {
      start[(at * STRIDE) / 4] = NOT_FOUND;
      extents[(at * STRIDE) / 4] = sizeOf(value.shape);
    }
    device.queue.writeBuffer(this.#found, 0, start);
    device.queue.writeBuffer(this.#counts, 0, extents);
  }

  look(pass: GPUComputePassEncoder, { value, buffer, at }: Look): void {
    const part = { buffer, offset: value.part?.byteOffset ?? 0, size: 4 * sizeOf(value.shape) };
    const entries = [
      { binding: 0, resource: part },
      { binding: 1, resource: { buffer: this.#found, offset: at * STRIDE, size: 8 } },
      { binding: 2, resource: { buffer: this.#counts, offset: at * STRIDE, size: 16 } },
    ];
    const layout = this.#pipeline.getBindGroupLayout(0);
    pass.setPipeline(this.#pipeline);
    pass.setBindGroup(0, this.#gpu.device.createBindGroup({ layout, entries }));
    pass.dispatchWorkgroups(Math.min(MOST_GROUPS, Math.ceil(sizeOf(value.shape) / 64)));
  }

  /** The answers, once all that was submitted has run. */
  async read(): Promise<(at: number) => Answer> {
    const answers = new Uint32Array(this.#bytes / 4);
    const into = new Uint8Array(answers.buffer);
    await readBack(this.#gpu, [{ buffer: this.#found, offset: 0, into }], 'a search');
    return (at) => [answers[(at * STRIDE) / 4]!, answers[(at * STRIDE) / 4 + 1]!];
  }

  destroy(): void {
    this.#found.destroy();
    this.#counts.destroy();
  }
}

/** Looks at what is there before the run and read in it, and at what each command writes. */
function placeLooks(gpu: Gpu, commands: readonly Command[]): Look[] {
  const looks: Look[] = [];
  const note = (after: number, value: Value, place: GPUBuffer | GPUTexture): void => {
    if (value.dtype !== 'f32' || 'createView' in place) return;
    for (const block of rowBlocks(gpu, [flat(value)]))
      looks.push({ after, value: rows(flat(value), block), buffer: place, at: looks.length });
  };
  const before = new Set<Value>();
  for (const { value, place } of commands.flatMap(({ uses }) => uses)) {
    const whole = wholeOf(value);
    if (whole.tensor === null || before.has(whole)) continue;
    before.add(whole);
    note(-1, whole, place);
  }
  commands.forEach(({ uses }, index) => {
    for (const { value, place, written } of uses) if (written) note(index, value, place);
  });
  return looks;
}

/** What is not finite first: the output of a command, unless what the command was given was not finite before. */
function firstOf(
  program: string,
  commands: readonly Command[],
  looks: readonly Look[],
  answer: (at: number) => Answer,
): NonFinite | null {
  const bad = looks.filter(({ at }) => answer(at)[0] !== NOT_FOUND);
  const first = bad.find(({ after }) => after >= 0);
  // What nothing reads may be what it likes: a result that an earlier run left, which this one overwrites.
  if (first === undefined) return null;
  const given = sourcesOf(commands, first.after);
  const known = bad.find(({ after, value }) => after < 0 && given.has(wholeOf(value)));
  const guilty = known ?? first;
  const [place, kinds] = answer(guilty.at);
  const whole = wholeOf(guilty.value);
  return {
    program,
    kernel: known === undefined ? commands[first.after]!.label : null,
    dispatch: [first.after + 1, commands.length],
    label: whole.label,
    shape: whole.shape,
    index: indexOf((guilty.value.part?.byteOffset ?? 0) / 4 + place, whole.shape),
    kind: kinds === 1 ? 'infinity' : kinds === 2 ? 'NaN' : 'infinities and NaNs',
  };
}

/** What a command was given; in place of a packed copy in a texture, which nobody looks at, what was packed. */
function sourcesOf(commands: readonly Command[], index: number): Set<Value> {
  const bound = commands[index]!.uses.map(({ value }) => value);
  const textures = new Set(bound.filter(({ inTexture }) => inTexture === true));
  const packing = commands
    .slice(0, index)
    .filter(({ uses }) => uses.some(({ value, written }) => written && textures.has(value)));
  const packed = packing.flatMap(({ uses }) => uses.map(({ value }) => value));
  return new Set([...bound, ...packed].map(wholeOf));
}

function indexOf(element: number, shape: Shape): number[] {
  const index: number[] = [];
  let rest = element;
  for (const extent of shape.toReversed()) {
    index.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return index;
}
