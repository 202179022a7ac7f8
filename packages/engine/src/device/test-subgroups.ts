import { pinSubgroupSize } from './subgroup-text.ts';
import type { Door } from './door.ts';

/**
 * The subgroup operations that kernels may use: what is not tested here is not to be trusted. Each has its WGSL, on
 * `float` or `whole` of every lane, and what lane `i` of the given lanes must get.
 */
const OPERATIONS: readonly Operation[] = [
  { name: 'subgroupAdd', of: 'whole', text: 'subgroupAdd(whole)', expected: sum },
  { name: 'subgroupAdd', of: 'float', text: 'subgroupAdd(float)', expected: sum },
  { name: 'subgroupMax', of: 'whole', text: 'subgroupMax(whole)', expected: (lanes) => Math.max(...lanes) },
  { name: 'subgroupMax', of: 'float', text: 'subgroupMax(float)', expected: (lanes) => Math.max(...lanes) },
  {
    name: 'subgroupExclusiveAdd',
    of: 'whole',
    text: 'subgroupExclusiveAdd(whole)',
    expected: (lanes, i) => sum(lanes.slice(0, i)),
  },
  {
    name: 'subgroupExclusiveAdd',
    of: 'float',
    text: 'subgroupExclusiveAdd(float)',
    expected: (lanes, i) => sum(lanes.slice(0, i)),
  },
  {
    name: 'subgroupShuffle',
    of: 'float',
    text: 'subgroupShuffle(float, SIZE - 1u - lane)',
    expected: (lanes, i) => lanes[lanes.length - 1 - i]!,
  },
  {
    name: 'subgroupShuffleXor',
    of: 'float',
    text: 'subgroupShuffleXor(float, 1u)',
    expected: (lanes, i) => lanes[i ^ 1]!,
  },
];

interface Operation {
  readonly name: string;
  readonly of: 'whole' | 'float';
  readonly text: string;
  readonly expected: (lanes: readonly number[], i: number) => number;
}

/** Names of the operations that this test covers, broadcasts included. */
export const TESTED_OPERATIONS: readonly string[] = [
  ...new Set([...OPERATIONS.map(({ name }) => name), 'subgroupBroadcast']),
];

/** Each operation runs in a loop as well: drivers have got only the first round right. */
const ROUNDS = 3;

/**
 * Runs every subgroup operation that kernels may use on known numbers, in workgroups of one subgroup and of several.
 *
 * Drivers have had such operations wrong (on some only for some sizes), and a wrong sum would go unseen in training.
 *
 * @param size lanes that a subgroup must have, in the order of the workgroup
 * @param pinned true where kernels demand that size from the device
 * @returns what is wrong, for people; null where all is right
 */
export async function testSubgroups(
  device: GPUDevice,
  door: Door,
  size: number,
  pinned: boolean,
): Promise<string | null> {
  const several = Math.floor(device.limits.maxComputeInvocationsPerWorkgroup / size);
  const counts = [...new Set([1, Math.min(4, several)])].filter((count) => count > 0);
  const faults = await Promise.all(counts.map((count) => testWorkgroup(device, door, size, count, pinned)));
  return faults.find((fault) => fault !== null) ?? null;
}

async function testWorkgroup(
  device: GPUDevice,
  door: Door,
  size: number,
  subgroups: number,
  pinned: boolean,
): Promise<string | null> {
  const text = selfTestText(size, subgroups);
  device.pushErrorScope('validation');
  const module = device.createShaderModule({
    label: 'subgroup self-test',
    code: pinned ? pinSubgroupSize(text, size) : text,
  });
  const made = device
    .createComputePipelineAsync({
      label: 'subgroup self-test',
      layout: 'auto',
      compute: { module, entryPoint: 'main' },
    })
    .catch((error: Error) => error);
  const scope = device.popErrorScope();
  const [pipeline, error] = await door.wait(Promise.all([made, scope]), 0.25);
  if (pipeline instanceof Error || error !== null) return `a kernel of ${size} lanes does not compile`;
  const lanes = size * subgroups;
  const { whole, float } = knownNumbers(lanes * ROUNDS);
  const results = await run(device, door, pipeline, whole, float, size);
  return firstFault(results, whole, float, size, lanes);
}

/** Small numbers, whole and in eighths: their sums are exact in whatever order. */
function knownNumbers(count: number): { whole: Uint32Array; float: Float32Array } {
  const whole = Uint32Array.from({ length: count }, (_, i) => (i * 7 + 3) % 31);
  return { whole, float: Float32Array.from(whole, (value, i) => ((value * 5 + i) % 47) / 8 - 3) };
}

/** Results of one lane and round: its account of itself, one for each operation, one broadcast from every lane. */
const resultsOf = (size: number): number => 2 + OPERATIONS.length + size;

/** Results go out four at a time, since lavapipe takes long to compile a store. */
const vectorsOf = (size: number): number => Math.ceil(resultsOf(size) / 4);

function selfTestText(size: number, subgroups: number): string {
  const lanes = size * subgroups;
  const results = [
    'f32(size)',
    'f32(lane)',
    ...OPERATIONS.map(({ text }) => `f32(${text})`),
    ...Array.from({ length: size }, (_, from) => `subgroupBroadcast(float, ${from}u)`),
  ];
  const store = (_: unknown, vector: number) => {
    const four = Array.from({ length: 4 }, (__, i) => results[vector * 4 + i] ?? '0.0');
    return `    results[at + ${vector}u] = vec4f(${four.join(', ')});`;
  };
  return `enable subgroups;
const SIZE = ${size}u;
@group(0) @binding(0) var<storage, read> wholes: array<u32>;
@group(0) @binding(1) var<storage, read> floats: array<f32>;
@group(0) @binding(2) var<storage, read_write> results: array<vec4f>;
@compute @workgroup_size(${lanes})
fn main(@builtin(local_invocation_index) index: u32, @builtin(subgroup_invocation_id) lane: u32, @builtin(subgroup_size) size: u32) {
  let rounds = arrayLength(&wholes) / ${lanes}u;
  for (var round = 0u; round < rounds; round++) {
    let element = round * ${lanes}u + index;
    let whole = wholes[element];
    let float = floats[element];
    let at = element * ${vectorsOf(size)}u;
${Array.from({ length: vectorsOf(size) }, store).join('\n')}
  }
}
`;
}

async function run(
  device: GPUDevice,
  door: Door,
  pipeline: GPUComputePipeline,
  whole: Uint32Array,
  float: Float32Array,
  size: number,
): Promise<Float32Array> {
  const bytes = whole.length * vectorsOf(size) * 16;
  const { STORAGE, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
  const inputs = [whole, float].map((data) => {
    const buffer = device.createBuffer({ size: data.byteLength, usage: STORAGE | COPY_DST });
    device.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
    return buffer;
  });
  const results = device.createBuffer({ size: bytes, usage: STORAGE | COPY_SRC });
  const staging = device.createBuffer({ size: bytes, usage: COPY_DST | MAP_READ });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [...inputs, results].map((buffer, binding) => ({ binding, resource: { buffer } })),
    }),
  );
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(results, 0, staging, 0, bytes);
  device.queue.submit([encoder.finish()]);
  await door.wait(staging.mapAsync(GPUMapMode.READ), 0.25);
  const got = new Float32Array(staging.getMappedRange().slice(0));
  for (const buffer of [...inputs, results, staging]) buffer.destroy();
  return got;
}

function firstFault(
  results: Float32Array,
  whole: Uint32Array,
  float: Float32Array,
  size: number,
  lanes: number,
): string | null {
  const width = vectorsOf(size) * 4;
  const where = lanes === size ? '' : ` in a workgroup of ${lanes}`;
  for (let element = 0; element < whole.length; element++) {
    const i = element % size;
    const subgroup = [element - i, element - i + size] as const;
    const known = { whole: [...whole.subarray(...subgroup)], float: [...float.subarray(...subgroup)] };
    const got = results.subarray(element * width, (element + 1) * width);
    if (got[0] !== size) return `a subgroup has ${got[0]} lanes, not ${size}${where}`;
    if (got[1] !== i) return `lane ${i} calls itself ${got[1]}${where}`;
    const expected = [
      ...OPERATIONS.map((operation) => operation.expected(known[operation.of], i)),
      ...known.float,
    ];
    const bad = expected.findIndex((value, slot) => value !== got[2 + slot]);
    if (bad >= 0) {
      const name = OPERATIONS[bad]?.name ?? 'subgroupBroadcast';
      return `${name} gives ${got[2 + bad]} for ${expected[bad]}${where}`;
    }
  }
  return null;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
