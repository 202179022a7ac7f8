import type { Gpu } from '../device/gpu.ts';
import { ProgramBuilder } from '../program/builder.ts';
import type { Value } from '../program/value.ts';
import { sizeOf, type Shape } from '../tensor/shape.ts';
import { createTensor, readTensor, writeTensor, type Tensor, type TensorData } from '../tensor/tensor.ts';
import { guardBuffers } from './guard-buffers.ts';
import type { Sample } from './random.ts';

/** Whole numbers for an operand that holds u32. */
export interface WholeSample {
  readonly shape: Shape;
  readonly values: Uint32Array;
}

/**
 * Runs what `record` records on the inputs, and reads the values it returns: temporaries, which start as NaN, or
 * inputs that were changed in place. Frees every buffer afterwards.
 *
 * @throws {KernelError} if a kernel wrote behind the end of a buffer
 */
export async function runRecorded<Name extends string, Result extends string>(
  gpu: Gpu,
  inputs: Readonly<Record<Name, Sample | WholeSample>>,
  record: (p: ProgramBuilder, values: Readonly<Record<Name, Value>>) => Readonly<Record<Result, Value>>,
  scalars: Readonly<Record<string, number>> = {},
): Promise<Record<Result, TensorData>> {
  const guards = guardBuffers(gpu);
  try {
    const p = new ProgramBuilder(gpu, 'recorded');
    const names = Object.keys(inputs) as Name[];
    const values = Object.fromEntries(
      names.map((name) => [name, p.persistent(upload(gpu, name, inputs[name]))]),
    );
    const results = Object.entries<Value>(record(p, values as Record<Name, Value>));
    const tensors = results.map(([name, value]) => [name, p.output(value)] as const);
    const program = await p.build();
    await program.run(scalars);
    const read = await Promise.all(
      tensors.map(async ([name, tensor]) => [name, await readTensor(gpu, tensor)] as const),
    );
    await guards.assertIntact();
    return Object.fromEntries(read) as Record<Result, TensorData>;
  } finally {
    guards.free();
  }
}

/** A tensor with the elements of a sample: float32, or u32 where they are whole. */
export function upload(gpu: Gpu, label: string, sample: Sample | WholeSample): Tensor {
  const dtype = sample.values instanceof Uint32Array ? 'u32' : 'f32';
  const tensor = createTensor(gpu, label, sample.shape, null, dtype);
  fill(gpu, tensor, sample);
  return tensor;
}

/** Writes the elements of a sample into a tensor, again and again where they are fewer. */
export function fill(gpu: Gpu, tensor: Tensor, { values }: Sample | WholeSample): void {
  const size = sizeOf(tensor.shape);
  const elements = values instanceof Uint32Array ? values : Float32Array.from(values);
  if (values.length === size) return writeTensor(gpu, tensor, elements);
  const all = values instanceof Uint32Array ? new Uint32Array(size) : new Float32Array(size);
  for (let start = 0; start < size; start += elements.length)
    all.set(elements.subarray(0, Math.min(elements.length, size - start)), start);
  writeTensor(gpu, tensor, all);
}
