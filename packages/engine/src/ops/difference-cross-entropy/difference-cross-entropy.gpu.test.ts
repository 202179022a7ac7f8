import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDevice, type Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import { createTensor, readTensor } from '../../tensor/tensor.ts';
import {
  asHardware,
  assertClose,
  buildAndPoison,
  sample,
  seededRandom,
  upload,
  type Sample,
} from '../../testing/index.ts';
import { differenceCrossEntropy } from './difference-cross-entropy.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

const EPSILON = 1e-5;

interface Item {
  readonly row: number;
  readonly direction: number;
  readonly amount: number;
  readonly target: number;
}

/** The loss the long way: subtract, normalise, unembed, softmax; in float64. */
function lossOf(
  { row, direction, amount, target }: Item,
  r: Sample,
  u: Sample,
  w: Sample,
  b: Sample,
): number {
  const [width, vocabulary] = [r.shape[1]!, b.shape[0]!];
  const x = Array.from(
    { length: width },
    (_, d) => r.values[row * width + d]! - amount * u.values[direction * width + d]!,
  );
  const mean = x.reduce((sum, value) => sum + value, 0) / width;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
  const logits = Array.from({ length: vocabulary }, (_, v) =>
    x.reduce(
      (sum, value, d) => sum + ((value - mean) / Math.sqrt(variance + EPSILON)) * w.values[v * width + d]!,
      b.values[v]!,
    ),
  );
  const top = Math.max(...logits);
  return Math.log(logits.reduce((sum, value) => sum + Math.exp(value - top), 0)) + top - logits[target]!;
}

/** Rows of a matrix with their mean taken out: the part of LayerNorm that an unembedding can absorb. */
function centred({ shape, values }: Sample): Sample {
  const width = shape[1]!;
  const means = Array.from(
    { length: shape[0]! },
    (_, v) => values.subarray(v * width, (v + 1) * width).reduce((a, c) => a + c, 0) / width,
  );
  return sample(shape, (i) => values[i]! - means[Math.floor(i / width)]!);
}

const bitsOf = (value: number) => new Uint32Array(Float32Array.of(value).buffer)[0]!;

/** Heads and their four items each, as the kernel reads them. */
function pack(
  p: ProgramBuilder,
  heads: readonly Pick<Item, 'row' | 'target'>[],
  items: readonly Pick<Item, 'direction' | 'amount'>[],
) {
  const words = heads.flatMap(({ row, target }, g) => [
    row,
    target,
    ...items.slice(4 * g, 4 * g + 4).flatMap(({ direction, amount }) => [direction, bitsOf(amount)]),
  ]);
  return p.persistent(createTensor(p.gpu, 'items', [5 * heads.length, 2], Uint32Array.from(words)));
}

function product(x: Sample, w: Sample): Sample {
  const [rows, width, columns] = [x.shape[0]!, x.shape[1]!, w.shape[0]!];
  return sample([rows, columns], (i) => {
    const [n, v] = [Math.floor(i / columns), i % columns];
    let sum = 0;
    for (let d = 0; d < width; d++) sum += x.values[n * width + d]! * w.values[v * width + d]!;
    return sum;
  });
}

// Both forms of Column, widths around the lanes of a workgroup, and amounts that turn the row over.
test.each([
  [3, 5, 4, 7, 1],
  [6, 64, 9, 68, 1],
  [4, 67, 3, 131, 1],
  [5, 16, 4, 256, 30],
])(
  'losses of %i rows (D %i) less multiples of %i directions (V %i) agree with float64',
  async (rows, width, directions, vocabulary, size) => {
    const random = seededRandom(vocabulary);
    const r = sample([rows, width], () => random.normal() + 0.5);
    const u = centred(sample([directions, width], random.normal));
    const w = sample([vocabulary, width], () => random.normal() / Math.sqrt(width));
    const b = sample([vocabulary], random.normal);
    const heads = Array.from({ length: 9 }, () => ({
      row: random.below(rows),
      target: random.below(vocabulary),
    }));
    const items: Item[] = heads.flatMap((head) =>
      Array.from({ length: 4 }, (_, k) => {
        const amount = k === 0 ? 0 : Math.fround(random.uniform(0, size));
        return { ...head, direction: random.below(directions), amount };
      }),
    );
    const folded = centred(w);
    for (const on of [gpu, asHardware(gpu)]) {
      const p = new ProgramBuilder(on, 'differences');
      const value = (label: string, x: Sample) => p.persistent(upload(on, label, x));
      const loss = p.output(
        differenceCrossEntropy(
          p,
          {
            rows: value('r', r),
            directions: value('u', u),
            rowLogits: value('s', product(r, folded)),
            directionLogits: value('w', product(u, folded)),
            bias: value('b', b),
            items: pack(p, heads, items),
            count: p.scalar('count'),
          },
          EPSILON,
        ),
      );
      await (await buildAndPoison(on, p, [loss])).run({ count: heads.length });
      const want = items.map((item) => lossOf(item, r, u, w, b));
      assertClose(
        'loss',
        [items.length],
        await readTensor(on, loss),
        want,
        (i) => 2e-6 * (5 + Math.abs(want[i]!)),
      );
    }
  },
);

test('a loss far beyond the range of exp is still finite', async () => {
  const p = new ProgramBuilder(gpu, 'extremes');
  const value = (label: string, shape: number[], data: number[]) =>
    p.persistent(createTensor(gpu, label, shape, Float32Array.from(data)));
  const loss = p.output(
    differenceCrossEntropy(
      p,
      {
        rows: value('r', [1, 2], [1, -1]),
        directions: value('u', [1, 2], [0, 0]),
        rowLogits: value('s', [1, 2], [500, -500]),
        directionLogits: value('w', [1, 2], [0, 0]),
        bias: value('b', [2], [0, 0]),
        items: pack(
          p,
          [{ row: 0, target: 1 }],
          Array.from({ length: 4 }, () => ({ direction: 0, amount: 0 })),
        ),
        count: p.scalar('count'),
      },
      0,
    ),
  );
  await (await p.build()).run({ count: 1 });
  expect((await readTensor(gpu, loss))[0]).toBeCloseTo(1000, 3);
});
