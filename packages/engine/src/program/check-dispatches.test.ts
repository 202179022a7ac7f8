import { expect, test } from 'vitest';
import type { DType, Tensor } from '../tensor/tensor.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Dispatch } from './builder.ts';
import { checkDispatches } from './check-dispatches.ts';
import { rows } from './rows.ts';
import type { Value } from './value.ts';

const SCALE = `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;`;
const GATHER = `@group(0) @binding(0) var<storage, read> places: array<vec2u>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;`;
const SWAP = `@group(0) @binding(0) var<storage, read_write> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> b: array<f32>;`;

const tensor = {} as Tensor;
const value = (
  label: string,
  shape: Shape,
  dtype: DType = 'f32',
  outside: Tensor | null = tensor,
): Value => ({
  label,
  shape,
  dtype,
  tensor: outside,
  part: null,
});
const unread = value('unread', [4], 'f32', null);

function check(...recorded: readonly [string, ...Value[]][]) {
  const dispatches = recorded.map(([, ...bindings], index): Dispatch => ({
    kernel: { label: `kernel ${index}`, source: '' },
    constants: {},
    bindings,
    groups: [1, 1, 1],
    sizes: new Uint32Array(0),
    cost: null,
  }));
  return checkDispatches(
    dispatches,
    recorded.map(([text]) => text),
    null,
    unread,
  );
}

const x = value('x', [128, 64]);
const y = value('y', [128, 64]);

test('each dispatch is given back with what it reads and what it writes', () => {
  expect(check([SCALE, x, y])).toEqual([
    [
      { value: x, written: false },
      { value: y, written: true },
    ],
  ]);
});

test('floats for whole numbers, and whole numbers for floats, are refused with both sides', () => {
  const places = value('places', [128, 2], 'u32');
  check([GATHER, places, x, y]);
  expect(() => check([GATHER, x, x, y])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: kernel 0: expected places of u32, got x (128,64) of f32]`,
  );
  expect(() => check([GATHER, places, x, places])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: kernel 0: expected y of f32, got places (128,2) of u32]`,
  );
});

test('what a kernel does not read may be anything', () => {
  check([GATHER, unread, x, y]);
});

test('a value too many or too few is refused', () => {
  expect(() => check([SCALE, x, y, y])).toThrowErrorMatchingInlineSnapshot(
    `[KernelError: kernel 0: expected a value for each of its 2 bindings, got 3]`,
  );
});

test('a temporary that is read before it is written is refused', () => {
  const t = value('t', [128, 64], 'f32', null);
  check([SCALE, x, t], [SCALE, t, y]);
  expect(() => check([SCALE, t, y], [SCALE, x, t])).toThrowErrorMatchingInlineSnapshot(
    `[ProgramError: kernel 0: expected t (128,64) to be written earlier in the program, got nothing that does; record what makes it first, in the same ProgramBuilder]`,
  );
});

test('a buffer that is written and bound again in one dispatch is refused, but for parts that are all written', () => {
  const [first, second] = [rows(x, { from: 0, count: 64 }), rows(x, { from: 64, count: 64 })];
  check([SWAP, first, second]);
  expect(() => check([SCALE, x, x])).toThrowErrorMatchingInlineSnapshot(
    `[KernelError: kernel 0: writes x and binds x in the same dispatch, which WebGPU forbids]`,
  );
  expect(() => check([SCALE, first, second])).toThrowErrorMatchingInlineSnapshot(
    `[KernelError: kernel 0: writes x [64, 128) and binds x [0, 64) in the same dispatch, which WebGPU forbids]`,
  );
  expect(() => check([SWAP, first, rows(x, { from: 32, count: 64 })])).toThrow('writes');
});
