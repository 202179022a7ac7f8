import type { Gpu } from '../device/gpu.ts';
import { KernelError } from '../errors.ts';

/** WGSL text with a name; specialised by override constants when a pipeline is made from it. */
export interface Kernel {
  readonly label: string;
  /** A `.wgsl` file, or generated text. */
  readonly source: URL | string;
  /** True when the kernel calls workgroupSum or workgroupMax, which are prepended in the adapter's best form. */
  readonly reduces?: boolean;
  /** How rows are read, where the kernel is written over the alias Column: `vec4` needs widths divisible by four. */
  readonly columns?: 'vec4' | 'scalar';
}

/** The form of a kernel over Column that suits a row width. */
export function forWidth(kernel: Kernel, width: number): Kernel {
  return { ...kernel, columns: width % 4 === 0 ? 'vec4' : 'scalar' };
}

export type Constants = Readonly<Record<string, number>>;

/** Makes the compute pipeline of a kernel, or returns the one made before with the same constants. */
export async function pipelineFor(
  gpu: Gpu,
  kernel: Kernel,
  constants: Constants,
): Promise<GPUComputePipeline> {
  const key = `${kernel.label} ${kernel.columns ?? ''} ${JSON.stringify(constants)} ${kernel.source instanceof URL ? '' : kernel.source}`;
  let cache = pipelines.get(gpu);
  if (cache === undefined) pipelines.set(gpu, (cache = new Map()));
  let pipeline = cache.get(key);
  if (pipeline === undefined) {
    pipeline = createPipeline(gpu, kernel, constants);
    cache.set(key, pipeline);
  }
  return pipeline;
}

const pipelines = new WeakMap<Gpu, Map<string, Promise<GPUComputePipeline>>>();

/** The whole text of a kernel, with what is prepended on this adapter. */
export async function textOf(gpu: Gpu, kernel: Kernel): Promise<string> {
  let code = kernel.source instanceof URL ? await readText(kernel.source) : kernel.source;
  if (kernel.columns !== undefined) {
    code = `${await readText(new URL(kernel.columns === 'vec4' ? './column.vec4.wgsl' : './column.scalar.wgsl', import.meta.url))}\n${code}`;
  }
  if (kernel.reduces === true) {
    const form = gpu.isCpu ? './workgroup-reduce.subgroup.wgsl' : './workgroup-reduce.shared.wgsl';
    code = `${await readText(new URL(form, import.meta.url))}\n${code}`;
  }
  return code;
}

async function createPipeline(gpu: Gpu, kernel: Kernel, constants: Constants): Promise<GPUComputePipeline> {
  const code = await textOf(gpu, kernel);
  gpu.device.pushErrorScope('validation');
  const module = gpu.device.createShaderModule({ label: kernel.label, code });
  const made = gpu.device
    .createComputePipelineAsync({
      label: kernel.label,
      layout: 'auto',
      compute: { module, entryPoint: 'main', constants },
    })
    .catch((error: Error) => error);
  const scope = gpu.device.popErrorScope();
  const [pipeline, error] = await gpu.wait(Promise.all([made, scope]));
  if (pipeline instanceof Error || error !== null) {
    const reason = error?.message ?? (pipeline as Error).message;
    throw new KernelError(`internal: kernel ${kernel.label} does not compile on ${gpu.name}: ${reason}`);
  }
  return pipeline;
}

const texts = new Map<string, Promise<string>>();

async function readText(url: URL): Promise<string> {
  let text = texts.get(url.href);
  if (text === undefined) {
    text =
      url.protocol === 'file:'
        ? import('node:fs/promises').then((fs) => fs.readFile(url, 'utf8'))
        : fetch(url).then((r) => r.text());
    texts.set(url.href, text);
  }
  return text;
}
