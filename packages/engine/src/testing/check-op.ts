import type { Gpu } from '../device/gpu.ts';
import { ProgramBuilder } from '../program/builder.ts';
import type { Op } from '../program/op.ts';
import type { Value } from '../program/value.ts';
import { readTensor, type Tensor } from '../tensor/tensor.ts';
import { assertClose } from './allclose.ts';
import { guardBuffers } from './guard-buffers.ts';
import { sample, seededRandom, type Sample } from './random.ts';
import type { Arrays, OpReference, Reference } from './reference.ts';
import { assertWithinRoundings } from './roundings.ts';
import { upload } from './run-recorded.ts';

/** An op with its inputs, and the reference for just these sizes and options. */
export interface OpCase<Name extends string, Saved extends Readonly<Record<string, Value>>, Options> {
  readonly op: Op<Readonly<Record<Name, Value>>, Saved, Options>;
  /** A function of the builder, because some options are values of the program. */
  readonly options: (p: ProgramBuilder) => Options;
  readonly inputs: Readonly<Record<Name, Sample>>;
  readonly reference: OpReference<Name>;
}

interface Result {
  readonly what: string;
  readonly tensor: Tensor;
  readonly want: Reference;
  readonly roundings: number;
}

/**
 * Runs an op and its gradients, for a random seed cotangent, as a program, and fails unless output and all gradients
 * are within the bounds of the float64 reference. Everything the program writes starts as NaN, so that an element
 * nobody wrote shows; nothing may be written behind a buffer; a second run must repeat the first to the bit.
 *
 * @throws {Error} naming the tensor, its shape, the first bad index and both values
 */
export async function checkOp<Name extends string, Saved extends Readonly<Record<string, Value>>, Options>(
  gpu: Gpu,
  { op, options, inputs, reference }: OpCase<Name, Saved, Options>,
): Promise<void> {
  const guards = guardBuffers(gpu);
  try {
    const p = new ProgramBuilder(gpu, op.name);
    const names = Object.keys(inputs) as Name[];
    const values = mapRecord(names, (name) => p.persistent(upload(gpu, name, inputs[name])));
    const arrays: Arrays<Name> = mapRecord(names, (name) => inputs[name].values);
    const output = p.apply(op, values, options(p));
    const cotangent = sample(output.shape, seededRandom(1001).normal);
    const seed = p.persistent(upload(gpu, 'cotangent', cotangent));
    const recorded = p.gradients(
      output,
      seed,
      names.map((name) => values[name]),
    );
    const gradients = reference.backward(arrays, cotangent.values);
    const results: Result[] = [
      {
        what: 'output',
        tensor: p.output(output),
        want: reference.forward(arrays),
        roundings: reference.roundings.output,
      },
      ...names.map((name) => ({
        what: `d${name}`,
        tensor: p.output(recorded.get(values[name])!),
        want: gradients[name],
        roundings: reference.roundings[name],
      })),
    ];
    const program = await p.build();
    await program.run();
    const first = await Promise.all(results.map(({ tensor }) => readTensor(gpu, tensor)));
    results.forEach(({ what, tensor, want, roundings }, index) => {
      assertWithinRoundings(`${op.name}: ${what}`, tensor.shape, first[index]!, want, roundings);
    });
    await guards.assertIntact();
    await program.run();
    for (const [index, { what, tensor }] of results.entries()) {
      const again = await readTensor(gpu, tensor);
      assertClose(`${op.name}: ${what} of a second run`, tensor.shape, again, first[index]!, () => 0);
    }
  } finally {
    guards.free();
  }
}

function mapRecord<Name extends string, T>(names: readonly Name[], make: (name: Name) => T): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, T>;
}
