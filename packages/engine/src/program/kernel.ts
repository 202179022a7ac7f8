import { oneLine, underScopes } from '../device/error-scopes.ts';
import type { Gpu } from '../device/gpu.ts';
import { pinSubgroupSize } from '../device/subgroup-text.ts';
import { KernelError } from '../errors.ts';

/** WGSL text with a name; specialised by override constants when a pipeline is made from it. */
export interface Kernel {
  readonly label: string;
  /** A `.wgsl` file, or generated text. */
  readonly source: URL | string;
  /** True when the kernel calls workgroupSum or workgroupMax, which are prepended in the adapter's best form. */
  readonly reduces?: boolean;
  /** A `.wgsl` file that comes before the source: what kernels share, or how an operand is bound where there are several ways. */
  readonly before?: URL;
  /**
   * How rows are read, where the kernel is written over the alias Column: `vec4` needs widths divisible by four, `scalar`
   * reads one element at a time, and `edged` four, from arrays of vec4f in which rows begin anywhere.
   */
  readonly columns?: 'vec4' | 'scalar' | 'edged';
  /** True when the kernel stores Columns of its rows by put and putEdge, to its binding `result` of type array<Stored>. */
  readonly putsColumns?: boolean;
}

/** The form of a kernel over Column that suits a row width. */
export function forWidth(kernel: Kernel, width: number): Kernel {
  return { ...kernel, columns: width % 4 === 0 ? 'vec4' : 'scalar' };
}

/** Width from which the edges of a row, which take as long as several of its Columns, are made up for. */
const EDGED_WIDTH = 256;

/**
 * The form of a kernel that goes along its rows, and knows their edges: on a CPU adapter a vec4f is loaded faster than two
 * floats, whatever the width (cross-entropy of 50,257 on lavapipe took 1.5 times as long as of 50,256, its gradient 1.6).
 */
export function forRows(gpu: Gpu, kernel: Kernel, width: number): Kernel {
  return gpu.isCpu && width % 4 !== 0 && width >= EDGED_WIDTH
    ? { ...kernel, columns: 'edged' }
    : forWidth(kernel, width);
}

/** How many Columns a row of a width has, in the form that suits it. */
export function columnsIn(width: number): number {
  return width % 4 === 0 ? width / 4 : width;
}

export type Constants = Readonly<Record<string, number>>;

/** Makes the compute pipeline of a kernel, or returns the one made before with the same constants. */
export async function pipelineFor(
  gpu: Gpu,
  kernel: Kernel,
  constants: Constants,
): Promise<GPUComputePipeline> {
  const key = `${kernel.label} ${kernel.columns ?? ''} ${kernel.before?.href ?? ''} ${JSON.stringify(constants)} ${kernel.source instanceof URL ? '' : kernel.source}`;
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

// Each in full, since bundlers find files by reading these very expressions.
const COLUMNS = {
  vec4: new URL('./column.vec4.wgsl', import.meta.url),
  scalar: new URL('./column.scalar.wgsl', import.meta.url),
  edged: new URL('./column.edged.wgsl', import.meta.url),
};
/** What vec4 and scalar have in common: rows without edges. */
const WHOLE = new URL('./column.whole.wgsl', import.meta.url);
const PUTS = {
  whole: new URL('./put-column.whole.wgsl', import.meta.url),
  edged: new URL('./put-column.edged.wgsl', import.meta.url),
};
const REDUCTIONS = {
  subgroup: new URL('./workgroup-reduce.subgroup.wgsl', import.meta.url),
  shared: new URL('./workgroup-reduce.shared.wgsl', import.meta.url),
};

/** The whole text of a kernel, with what is prepended on this adapter. */
export async function textOf(gpu: Gpu, kernel: Kernel): Promise<string> {
  let code = kernel.source instanceof URL ? await readText(gpu, kernel.source) : kernel.source;
  if (kernel.before !== undefined) code = `${await readText(gpu, kernel.before)}\n${code}`;
  if (kernel.putsColumns === true) {
    const put = kernel.columns === 'edged' ? PUTS.edged : PUTS.whole;
    code = `${await readText(gpu, put)}\n${code}`;
  }
  if (kernel.columns === 'vec4' || kernel.columns === 'scalar')
    code = `${await readText(gpu, WHOLE)}\n${code}`;
  if (kernel.columns !== undefined) code = `${await readText(gpu, COLUMNS[kernel.columns])}\n${code}`;
  if (kernel.reduces === true)
    code = `${await readText(gpu, REDUCTIONS[gpu.isCpu ? 'subgroup' : 'shared'])}\n${code}`;
  return gpu.pinned ? pinSubgroupSize(code, gpu.subgroupSize) : code;
}

async function createPipeline(gpu: Gpu, kernel: Kernel, constants: Constants): Promise<GPUComputePipeline> {
  const code = await textOf(gpu, kernel);
  const { result: made, complaint } = underScopes(gpu, () => {
    const module = gpu.device.createShaderModule({ label: kernel.label, code });
    const compute = { module, entryPoint: 'main', constants };
    const descriptor = { label: kernel.label, layout: 'auto', compute } as const;
    return gpu.device.createComputePipelineAsync(descriptor).catch((error: Error) => error);
  });
  const [pipeline, error] = await gpu.wait(Promise.all([made, complaint]), 'pipelines');
  if (pipeline instanceof Error || error !== null) {
    const reason = error?.message ?? oneLine((pipeline as Error).message);
    throw new KernelError(`kernel ${kernel.label} does not compile on ${gpu.name}: ${reason}`);
  }
  return pipeline;
}

const texts = new Map<string, Promise<string>>();

function readText(gpu: Gpu, url: URL): Promise<string> {
  let text = texts.get(url.href);
  if (text === undefined) {
    text = gpu.door.readText(url);
    texts.set(url.href, text);
    // What could not be read now may be there later: a page loses its connection and has it back.
    text.catch(() => texts.delete(url.href));
  }
  return text;
}
