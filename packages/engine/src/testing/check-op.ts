import type { Gpu } from '../device/gpu.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Op } from '../program/op.ts';
import type { Value } from '../program/value.ts';
import { checkKernel, type Checked, type Wanted } from './check-kernel.ts';
import { sample, seededRandom, type Sample } from './random.ts';
import type { Arrays, OpReference } from './reference.ts';
import { upload } from './run-recorded.ts';

/** An op with its inputs, and the reference for just these sizes and options. */
export interface OpCase<Name extends string, Saved extends Readonly<Record<string, Value>>, Options> {
  readonly op: Op<Readonly<Record<Name, Value>>, Saved, Options>;
  /** A function of the builder, because some options are values of the program. */
  readonly options: (p: ProgramBuilder) => Options;
  readonly inputs: Readonly<Record<Name, Sample>>;
  readonly reference: OpReference<Name>;
}

/**
 * Runs an op and its gradients, for a random seed cotangent, as one program: see checkKernel.
 *
 * @throws {Error} naming the tensor, its shape, the first bad index and both values
 */
export async function checkOp<Name extends string, Saved extends Readonly<Record<string, Value>>, Options>(
  gpu: Gpu,
  { op, options, inputs, reference }: OpCase<Name, Saved, Options>,
): Promise<Checked> {
  const names = Object.keys(inputs) as Name[];
  const arrays = Object.fromEntries(names.map((name) => [name, inputs[name].values])) as Arrays<Name>;
  const output = reference.forward(arrays);
  const cotangent = sample([output.values.length], seededRandom(1001).normal).values;
  const gradients = reference.backward(arrays, cotangent);
  const want: Record<string, Wanted> = {
    output: { reference: output, roundings: reference.roundings.output },
  };
  for (const name of names)
    want[`d${name}`] = { reference: gradients[name], roundings: reference.roundings[name] };
  return await checkKernel(gpu, {
    inputs,
    record(p, values) {
      const y = p.apply(op, values, options(p));
      const seed = p.persistent(upload(gpu, 'cotangent', { shape: y.shape, values: cotangent }));
      const recorded = p.gradients(
        y,
        seed,
        names.map((name) => values[name]),
      );
      const results: Record<string, Value> = { output: y };
      for (const name of names) results[`d${name}`] = recorded.get(values[name])!;
      return results;
    },
    want,
  });
}
