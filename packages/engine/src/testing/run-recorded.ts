import type { Gpu } from '../device/gpu.ts';
import { ProgramBuilder } from '../program/builder.ts';
import type { Value } from '../program/value.ts';
import type { Shape } from '../tensor/shape.ts';
import { createTensor, readTensor, writeTensor, type TensorData } from '../tensor/tensor.ts';
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
export function upload(gpu: Gpu, label: string, { shape, values }: Sample | WholeSample) {
  const whole = values instanceof Uint32Array;
  const tensor = createTensor(gpu, label, shape, null, whole ? 'u32' : 'f32');
  writeTensor(gpu, tensor, whole ? values : Float32Array.from(values));
  return tensor;
}
