import type { Gpu } from '../device/gpu.ts';
import { ProgramBuilder } from '../program/builder.ts';
import type { Op } from '../program/op.ts';
import type { Value } from '../program/value.ts';
import { createTensor, readTensor, writeTensor, type Tensor } from '../tensor/tensor.ts';
import { assertClose } from './allclose.ts';
import { sample, seededRandom, type Sample } from './random.ts';
import type { Arrays, OpReference, Reference } from './reference.ts';
import { watchBuffers } from './watch-buffers.ts';

/** An op with its inputs, and the reference for just these sizes and options. */
export interface OpCase<Name extends string, Saved extends Readonly<Record<string, Value>>, Options> {
  readonly op: Op<Readonly<Record<Name, Value>>, Saved, Options>;
  /** A function of the builder, because some options are values of the program. */
  readonly options: (p: ProgramBuilder) => Options;
  readonly inputs: Readonly<Record<Name, Sample>>;
  readonly reference: OpReference<Name>;
  readonly seed?: number;
}

/**
 * Runs an op and its gradients, for a random seed cotangent, as a program, and fails unless output and all gradients
 * are within the bounds of the float64 reference. Everything the program writes starts as NaN, so that an element
 * nobody wrote shows, and a second run must repeat the first to the bit.
 *
 * @throws {Error} naming the tensor, its shape, the first bad index and both values
 */
export async function checkOp<Name extends string, Saved extends Readonly<Record<string, Value>>, Options>(
  gpu: Gpu,
  { op, options, inputs, reference, seed = 1 }: OpCase<Name, Saved, Options>,
): Promise<void> {
  const watch = watchBuffers(gpu);
  try {
    const p = new ProgramBuilder(gpu, op.name);
    const names = Object.keys(inputs) as Name[];
    const values = mapRecord(names, (name) => p.persistent(upload(gpu, name, inputs[name])));
    const output = p.apply(op, values, options(p));
    const random = seededRandom(seed + 1000);
    const cotangent = sample(output.shape, () => random.normal());
    const gradients = p.gradients(
      output,
      p.persistent(upload(gpu, 'cotangent', cotangent)),
      names.map((name) => values[name]),
    );
    const results: [string, Tensor, () => Reference, number][] = [];
    const arrays: Arrays<Name> = mapRecord(names, (name) => inputs[name].values);
    results.push(['output', p.output(output), () => reference.forward(arrays), reference.roundings.output]);
    const backward = reference.backward(arrays, cotangent.values);
    for (const name of names) {
      results.push([
        `d${name}`,
        p.output(gradients.get(values[name])!),
        () => backward[name],
        reference.roundings[name],
      ]);
    }
    const written = await buildAndPoison(
      gpu,
      p,
      results.map(([, tensor]) => tensor),
    );
    await written.run();
    const first = await Promise.all(results.map(([, tensor]) => readTensor(gpu, tensor)));
    results.forEach(([what, tensor, want, roundings], index) => {
      assertWithinRoundings(`${op.name}: ${what}`, tensor.shape, first[index]!, want(), roundings);
    });
    await written.run();
    for (const [index, [what, tensor]] of results.entries()) {
      assertClose(
        `${op.name}: ${what} of a second run`,
        tensor.shape,
        await readTensor(gpu, tensor),
        first[index]!,
        () => 0,
      );
    }
  } finally {
    watch.stop();
    for (const buffer of watch.live) buffer.destroy();
  }
}

/** The smallest normal float32: adapters may flush what is below it to zero. */
const SMALLEST = 2 ** -126;

/**
 * Fails unless float32 results are within `roundings` · 2⁻²⁴ · Σ|terms| of a reference, element by element; without
 * roundings they must be equal.
 */
export function assertWithinRoundings(
  what: string,
  shape: readonly number[],
  got: ArrayLike<number>,
  want: Reference,
  roundings: number,
): void {
  assertClose(
    what,
    shape,
    got,
    want.values,
    (index) => roundings * (2 ** -24 * want.terms[index]! + SMALLEST),
  );
}

/** Builds a program and fills its temporaries, and the given results of it, with NaN. */
export async function buildAndPoison(gpu: Gpu, p: ProgramBuilder, results: readonly Tensor[]) {
  const watch = watchBuffers(gpu);
  const program = await p.build().finally(watch.stop);
  const slots = watch.created.filter((buffer) => buffer.label.startsWith(`${p.name}/slot `));
  const outputs = results
    .filter((tensor) => tensor.label.startsWith(`${p.name}/`))
    .map((tensor) => tensor.buffer);
  for (const buffer of [...slots, ...outputs]) {
    gpu.device.queue.writeBuffer(buffer, 0, new Float32Array(buffer.size / 4).fill(NaN));
  }
  return program;
}

/** A tensor with the elements of a sample, as float32. */
export function upload(gpu: Gpu, label: string, { shape, values }: Sample): Tensor {
  const tensor = createTensor(gpu, label, shape);
  writeTensor(gpu, tensor, Float32Array.from(values));
  return tensor;
}

function mapRecord<Name extends string, T>(names: readonly Name[], make: (name: Name) => T): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, T>;
}
