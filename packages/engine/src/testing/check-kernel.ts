import type { Gpu } from '../device/gpu.ts';
import { ProgramBuilder } from '../program/builder.ts';
import type { Value } from '../program/value.ts';
import { sizeOf } from '../tensor/shape.ts';
import { readTensor, type Tensor, type TensorData } from '../tensor/tensor.ts';
import { assertClose } from './allclose.ts';
import { guardBuffers } from './guard-buffers.ts';
import type { Sample } from './random.ts';
import type { Reference } from './reference.ts';
import { assertWithinRoundings } from './roundings.ts';
import { fill, upload, type WholeSample } from './run-recorded.ts';

/** What a result must be. */
export interface Wanted {
  /** Shorter than the result where it repeats itself, as the inputs do. */
  readonly reference: Reference;
  /** Roundings on the longest way to an element; 0 asks for equality. */
  readonly roundings: number;
  /** Elements that must still be the NaN that they were. */
  readonly untouched?: (index: number) => boolean;
  /** How many elements the kernel promises, from the first; all by default. */
  readonly count?: number;
}

/** Results that must equal these, whole numbers or copies. */
export function equalTo(values: ArrayLike<number>): Wanted {
  const exact = Float64Array.from(values);
  return { reference: { values: exact, terms: exact }, roundings: 0 };
}

/** Kernels with their inputs, and what must come of them. */
export interface KernelCase<Name extends string, Result extends string> {
  readonly inputs: Readonly<Record<Name, Sample | WholeSample>>;
  /** Records the kernels; returns values they write, or inputs they change. */
  readonly record: (
    p: ProgramBuilder,
    values: Readonly<Record<Name, Value>>,
  ) => Readonly<Record<Result, Value>>;
  readonly scalars?: Readonly<Record<string, number>>;
  readonly want: Readonly<Record<NoInfer<Result>, Wanted>>;
}

declare const checked: unique symbol;
/** What only checkKernel and checkOp give: a proof that goes without them does not compile. */
export type Checked = { readonly [checked]: true };

/**
 * Runs kernels and fails unless their results are within the bounds of the float64 references. Whatever they write
 * starts as NaN, so that an element nobody wrote shows; nothing may be written before or behind a buffer; and a
 * second run from the same inputs must repeat the first to the bit.
 *
 * @throws {Error} naming the result, its shape, the first bad index and both values
 */
export async function checkKernel<Name extends string, Result extends string>(
  gpu: Gpu,
  { inputs, record, scalars = {}, want }: KernelCase<Name, Result>,
): Promise<Checked> {
  const guards = guardBuffers(gpu);
  try {
    const p = new ProgramBuilder(gpu, 'checked');
    const uploaded = Object.entries<Sample | WholeSample>(inputs).map(
      ([name, data]) => [name, data, upload(gpu, name, data)] as const,
    );
    const values = Object.fromEntries(uploaded.map(([name, , tensor]) => [name, p.persistent(tensor)]));
    const results = Object.entries<Value>(record(p, values as Record<Name, Value>)).map(([name, value]) => ({
      name,
      want: want[name as Result],
      tensor: p.output(value),
    }));
    const program = await p.build();
    const run = async (): Promise<TensorData[]> => {
      await program.run(scalars);
      return Promise.all(results.map(({ tensor }) => readTensor(gpu, tensor)));
    };
    const first = await run();
    results.forEach((result, i) => assertWanted(result, first[i]!));
    await guards.assertIntact();
    for (const [, data, tensor] of uploaded) fill(gpu, tensor, data);
    const second = await run();
    results.forEach((result, i) => assertSameBits(result, second[i]!, first[i]!));
    return {} as Checked;
  } finally {
    guards.free();
  }
}

function assertWanted(
  { name, want, tensor }: { readonly name: string; readonly want: Wanted; readonly tensor: Tensor },
  read: TensorData,
): void {
  const { reference, roundings, untouched, count } = want;
  const { values, terms } = reference;
  let got: ArrayLike<number> & { subarray(start: number, end: number): ArrayLike<number> } =
    count === undefined ? read : read.subarray(0, count);
  if (untouched !== undefined)
    got = Float64Array.from(got, (value, i) =>
      untouched(i) ? (Number.isNaN(value) ? values[i % values.length]! : NaN) : value,
    );
  if (values.length === got.length) {
    const shape = got.length === sizeOf(tensor.shape) ? tensor.shape : [got.length];
    assertWithinRoundings(name, shape, got, reference, roundings);
    return;
  }
  for (let start = 0; start < got.length; start += values.length) {
    const size = Math.min(values.length, got.length - start);
    const part = { values: values.subarray(0, size), terms: terms.subarray(0, size) };
    assertWithinRoundings(
      `${name} from ${start}`,
      [size],
      got.subarray(start, start + size),
      part,
      roundings,
    );
  }
}

function assertSameBits(
  { name, tensor }: { name: string; tensor: Tensor },
  second: TensorData,
  first: TensorData,
) {
  const [got, want] = [new Uint32Array(second.buffer), new Uint32Array(first.buffer)];
  if (want.every((bits, i) => bits === got[i])) return;
  assertClose(`${name} of a second run`, tensor.shape, got, want, () => 0);
}
