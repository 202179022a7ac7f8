import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { politeWait } from '../../packages/engine/src/device/polite-wait.ts';
import { WaitForecast } from '../../packages/engine/src/device/wait-forecast.ts';
import { inputsOf } from './inputs.ts';
import type { Library, Prepared } from './library.ts';
import { defineNavigator, importPeer } from './navigator.ts';
import { onnxModel, type Attribute, type TensorInfo } from './onnx-model.ts';
import type { Problem } from './problem.ts';
import { LAYERNORM_EPSILON } from './training.ts';

/** What of ONNX Runtime Web is used. */
interface OrtTensor {
  getData(): Promise<Float32Array>;
  dispose(): void;
}
interface Ort {
  readonly env: {
    logLevel: string;
    readonly webgpu: { adapter?: GPUAdapter; readonly device: Promise<GPUDevice> };
    readonly wasm: { numThreads?: number; wasmPaths?: unknown; wasmBinary?: ArrayBuffer };
  };
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: { executionProviders: string[]; preferredOutputLocation: string },
    ): Promise<{
      run(feeds: Readonly<Record<string, OrtTensor>>): Promise<{ readonly y: OrtTensor }>;
      release(): Promise<void>;
    }>;
  };
  readonly Tensor: {
    fromGpuBuffer(buffer: GPUBuffer, options: { dataType: 'float32'; dims: number[] }): OrtTensor;
  };
}

const adapter = await defineNavigator();
Object.defineProperty(globalThis, 'self', { value: globalThis, configurable: true });
copySharedMemory();
const dist = join(import.meta.dirname, 'node_modules', 'onnxruntime-web', 'dist');
const ort = await importPeer<Ort>(pathToFileURL(join(dist, 'ort.webgpu.bundle.min.mjs')).href);
const wasm = join(dist, 'ort-wasm-simd-threaded.asyncify.wasm');
ort.env.webgpu.adapter = adapter;
ort.env.logLevel = 'error';
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { mjs: join(dist, 'ort-wasm-simd-threaded.asyncify.mjs'), wasm };
ort.env.wasm.wasmBinary = new Uint8Array(readFileSync(wasm)).buffer;

/** Its memory may be shared between threads, which Dawn's Node binding does not read from. */
function copySharedMemory(): void {
  const prototype = GPUQueue.prototype as { writeBuffer: GPUQueue['writeBuffer'] };
  const writeBuffer = Reflect.get(prototype, 'writeBuffer') as GPUQueue['writeBuffer'];
  prototype.writeBuffer = function (this: GPUQueue, buffer, offset, data, start = 0, size) {
    const view = data as Uint8Array<ArrayBufferLike>;
    const unit = view.BYTES_PER_ELEMENT;
    const count = size ?? view.byteLength / unit - start;
    if (!(view.buffer instanceof SharedArrayBuffer))
      return writeBuffer.call(this, buffer, offset, data, start, count);
    const copy = new Uint8Array(view.buffer, view.byteOffset + start * unit, count * unit).slice();
    return writeBuffer.call(this, buffer, offset, copy);
  };
}

async function session(
  operator: string,
  inputs: Readonly<Record<string, { shape: readonly number[]; values: Float32Array }>>,
  shape: readonly number[],
  attributes: readonly Attribute[] = [],
): Promise<Prepared> {
  const infos: TensorInfo[] = Object.entries(inputs).map(([name, input]) => ({ name, shape: input.shape }));
  const model = onnxModel(operator, infos, { name: 'y', shape }, attributes);
  const made = await ort.InferenceSession.create(model, {
    executionProviders: ['webgpu'],
    preferredOutputLocation: 'gpu-buffer',
  });
  const device = await ort.env.webgpu.device;
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffers: GPUBuffer[] = [];
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape: dims, values }]) => {
      const buffer = device.createBuffer({ size: values.byteLength, usage });
      device.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>);
      buffers.push(buffer);
      return [name, ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: [...dims] })];
    }),
  );
  let result: OrtTensor | null = null;
  const runs = new WaitForecast();
  return {
    run: async () => {
      result?.dispose();
      const { y } = await politeWait(made.run(feeds), 0.25);
      await politeWait(device.queue.onSubmittedWorkDone(), 0.25, runs);
      result = y;
    },
    read: () => politeWait(result!.getData(), 0.25),
    free: () => {
      result?.dispose();
      for (const buffer of buffers) buffer.destroy();
      void made.release();
    },
  };
}

async function prepare(problem: Problem): Promise<Prepared | null> {
  const [a, b, c] = problem.sizes as [number, number, number];
  // It runs models and does not train them: there is no optimiser and no gradient.
  if (!['gemm', 'softmax', 'layernorm', 'add'].includes(problem.kind)) return null;
  const inputs = inputsOf(problem);
  const input = (name: string, shape: readonly number[]) => ({ [name]: { shape, values: inputs[name]! } });
  switch (problem.kind) {
    case 'gemm':
      return session('MatMul', { ...input('left', [a, b]), ...input('right', [b, c]) }, [a, c]);
    case 'softmax':
      return session('Softmax', input('x', [a, b]), [a, b], [{ name: 'axis', whole: 1 }]);
    case 'layernorm':
      return session(
        'LayerNormalization',
        { ...input('x', [a, b]), ...input('gain', [b]), ...input('bias', [b]) },
        [a, b],
        [{ name: 'epsilon', real: LAYERNORM_EPSILON }],
      );
    case 'add':
      return session('Add', { ...input('a', [a]), ...input('b', [a]) }, [a]);
    default:
      return null;
  }
}

const manifest = new URL('./node_modules/onnxruntime-web/package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
export const library: Library = { name: 'onnxruntime-web', version, prepare };
