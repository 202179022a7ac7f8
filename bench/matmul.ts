/**
 * Times the engine's matrix products at the shapes of the demo, and at one that published numbers use: node matmul.ts
 */
import {
  createTensor,
  matmul,
  openDevice,
  ProgramBuilder,
  readTensor,
  Tuning,
  type Gpu,
  type Kernel,
} from '@monosema/engine';
import { asHardware, seededRandom } from '@monosema/engine/testing';
import { compare, currentLoad, writeResults, type Candidate } from './harness.ts';

const NAIVE: Kernel = { label: 'naive-matmul', source: new URL('./naive-matmul.wgsl', import.meta.url) };

interface Shape {
  readonly name: string;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeLeft?: boolean;
  readonly transposeRight?: boolean;
}

// 1,024 tokens a step, D 64, M 256, V 1,024; 1,024 vectors a step, A 256, F 4,096.
const SHAPES: readonly Shape[] = [
  { name: 'qkv', m: 1024, k: 64, n: 192 },
  { name: 'mlp in', m: 1024, k: 64, n: 256 },
  { name: 'mlp out', m: 1024, k: 256, n: 64 },
  { name: 'gradient of mlp in', m: 64, k: 1024, n: 256, transposeLeft: true },
  { name: 'logits', m: 1024, k: 64, n: 1024, transposeRight: true },
  { name: 'gradient of the unembedding', m: 1024, k: 1024, n: 64, transposeLeft: true },
  { name: 'dictionary encoder', m: 1024, k: 256, n: 4096, transposeRight: true },
  { name: 'dictionary decoder', m: 1024, k: 4096, n: 256 },
  { name: 'gradient of a dictionary', m: 4096, k: 1024, n: 256, transposeLeft: true },
  { name: 'textbook', m: 1024, k: 512, n: 2048 },
];

/** Throws unless entries of the product, drawn at random, agree with float64. */
function checkEntries(shape: Shape, left: Float32Array, right: Float32Array, got: Float32Array): void {
  const { m, k, n, transposeLeft = false, transposeRight = false } = shape;
  const { below } = seededRandom(7);
  for (let i = 0; i < 500; i++) {
    const [row, column] = [below(m), below(n)];
    let [sum, terms] = [0, 0];
    for (let t = 0; t < k; t++) {
      const term =
        left[transposeLeft ? t * m + row : row * k + t]! *
        right[transposeRight ? column * k + t : t * n + column]!;
      sum += term;
      terms += Math.abs(term);
    }
    if (!(Math.abs(got[row * n + column]! - sum) <= 1e-5 * terms))
      throw new Error(
        `matmul ${shape.name}: expected ${sum} at (${row},${column}), got ${got[row * n + column]}`,
      );
  }
}

/** The product with the kernel that is fastest here and now, of those that are right. */
async function measured(gpu: Gpu, shape: Shape): Promise<Candidate & { readonly kernel: string }> {
  let kernel = '';
  gpu.tuning = new Tuning({ measured: (_, { choice }) => (kernel = choice) });
  try {
    return { ...(await candidate(gpu, 'measured', shape, false)), kernel };
  } finally {
    gpu.tuning = new Tuning();
  }
}

async function candidate(gpu: Gpu, name: string, shape: Shape, naive: boolean): Promise<Candidate> {
  const { m, k, n, transposeLeft = false, transposeRight = false } = shape;
  const { normal } = seededRandom(1);
  const left = Float32Array.from({ length: m * k }, normal);
  const right = Float32Array.from({ length: k * n }, normal);
  const p = new ProgramBuilder(gpu, name);
  const a = p.persistent(createTensor(gpu, 'left', transposeLeft ? [k, m] : [m, k], left));
  const b = p.persistent(createTensor(gpu, 'right', transposeRight ? [n, k] : [k, n], right));
  const product = naive ? p.temporary('product', [m, n]) : matmul(p, a, b, { transposeLeft, transposeRight });
  if (naive) {
    const strides = {
      LEFT_ROW: transposeLeft ? 1 : k,
      LEFT_COLUMN: transposeLeft ? m : 1,
      RIGHT_ROW: transposeRight ? 1 : n,
      RIGHT_COLUMN: transposeRight ? k : 1,
    };
    p.dispatch({
      kernel: NAIVE,
      constants: { M: m, N: n, K: k, ...strides },
      bindings: [a, b, product],
      groups: Math.ceil((m * n) / 64),
      cost: { flops: 2 * m * n * k, bytes: 4 * (m * k + k * n + m * n) },
    });
  }
  const out = p.output(product);
  const program = await p.build();
  const check = async (): Promise<void> => checkEntries(shape, left, right, await readTensor(gpu, out));
  return { name, program, scalars: {}, check };
}

const gpu = await openDevice();
const load = currentLoad();
const results: Record<string, unknown>[] = [];
for (const shape of SHAPES) {
  const fastest = await measured(gpu, shape);
  const candidates: Candidate[] = [await candidate(gpu, 'for this adapter', shape, false), fastest];
  // On hardware the two are the same.
  if (gpu.isCpu) candidates.push(await candidate(asHardware(gpu), 'for hardware', shape, false));
  candidates.push(await candidate(gpu, 'naive', shape, true));
  const timings = await compare(gpu, candidates);
  for (const { program } of candidates) program.destroy();
  const operations = 2 * shape.m * shape.k * shape.n;
  for (const timing of timings) {
    const gigaflops = Number((operations / timing.milliseconds / 1e6).toPrecision(3));
    const kernel = timing.candidate === fastest.name ? { kernel: fastest.kernel } : {};
    results.push({ ...shape, ...timing, ...kernel, gigaflops });
    process.stdout.write(
      `${shape.name.padEnd(28)} ${timing.candidate.padEnd(17)} ${timing.milliseconds} ms  ${gigaflops} Gflop/s\n`,
    );
  }
}
writeResults('matmul', gpu, load, results);
gpu.close();
