import type { Gpu } from '../device/gpu.ts';
import { KernelError, ShapeError } from '../errors.ts';
import { createTensor, type DType, type Tensor } from '../tensor/tensor.ts';
import { describeShape, sameShape, sizeOf, type Shape } from '../tensor/shape.ts';
import { add } from '../ops/add/add.ts';
import type { Cost } from './cost.ts';
import { pipelineFor, type Constants, type Kernel } from './kernel.ts';
import type { Application, Op, Values } from './op.ts';
import { planTemporaries } from './plan.ts';
import { Program, type Command } from './program.ts';
import type { Scalar, Value } from './value.ts';

/** One kernel launch. */
export interface Dispatch {
  readonly kernel: Kernel;
  readonly constants: Constants;
  /** In the order of the kernel's @binding numbers. */
  readonly bindings: readonly Value[];
  /** Workgroups along x, y, z. */
  readonly groups: readonly [number, number, number];
  /** Sizes that a kernel reads from a uniform, bound after `bindings`; empty where constants say them. */
  readonly sizes: Uint32Array;
  readonly cost: Cost;
}

/** A dispatch as an op states it. */
export interface Launch extends Omit<Dispatch, 'constants' | 'groups' | 'sizes'> {
  readonly constants?: Constants;
  /** A number beyond 65,535 folds into y; kernels use num_workgroups.x to unfold it. */
  readonly groups: number | readonly [number, number, number];
  /**
   * u32 for a uniform after the bindings. Constants make a pipeline each; sizes do not, so kernels that are dear to
   * compile take theirs this way.
   */
  readonly sizes?: Uint32Array;
}

/** WebGPU's limit of workgroups along one axis. */
const MAX_GROUPS = 65_535;

/**
 * Collects the dispatches of a step, once. Shapes are checked as ops are applied; `build` plans memory, compiles
 * pipelines and makes bind groups, so that running the program later allocates nothing.
 */
export class ProgramBuilder {
  readonly gpu: Gpu;
  readonly name: string;
  readonly #dispatches: Dispatch[] = [];
  readonly #applications: Application[] = [];
  readonly #persistent = new Map<Tensor, Value>();
  readonly #scalars: string[] = [];
  readonly #outputs = new Map<Value, Tensor>();
  #scalarValue: Value | null = null;
  #nextId = 0;

  constructor(gpu: Gpu, name: string) {
    this.gpu = gpu;
    this.name = name;
  }

  /** A tensor that lives outside the program; the same tensor gives the same value. */
  persistent(tensor: Tensor): Value {
    let value = this.#persistent.get(tensor);
    if (value === undefined) {
      value = { id: this.#nextId++, label: tensor.label, shape: tensor.shape, dtype: tensor.dtype, tensor };
      this.#persistent.set(tensor, value);
    }
    return value;
  }

  /** A value that lives only within a run. Its first use must write it. */
  temporary(label: string, shape: Shape, dtype: DType = 'f32'): Value {
    return { id: this.#nextId++, label, shape, dtype, tensor: null };
  }

  /** A number given anew at every run. */
  scalar(name: string): Scalar {
    let slot = this.#scalars.indexOf(name);
    if (slot < 0) slot = this.#scalars.push(name) - 1;
    return { name, slot };
  }

  /** The buffer of all scalars, for binding; kernels index it by `scalar.slot`. */
  get scalars(): Value {
    return (this.#scalarValue ??= this.temporary('scalars', [64]));
  }

  /** Records one launch. @throws {ShapeError} if the adapter cannot bind an operand at once */
  dispatch(launch: Launch): void {
    const { kernel, constants = {}, bindings, sizes = new Uint32Array(0), cost } = launch;
    const [x, y, z] = typeof launch.groups === 'number' ? fold(launch.groups) : launch.groups;
    for (const value of bindings) {
      if (
        value.tensor === null &&
        sizeOf(value.shape) * 4 > this.gpu.device.limits.maxStorageBufferBindingSize
      ) {
        throw new ShapeError(
          `${kernel.label}: ${value.label} ${describeShape(value.shape)} exceeds the ${this.gpu.device.limits.maxStorageBufferBindingSize} bytes that ${this.gpu.name} binds at once; use a smaller batch`,
        );
      }
    }
    if (x > MAX_GROUPS || y > MAX_GROUPS || z > MAX_GROUPS) {
      throw new KernelError(
        `internal: ${kernel.label}: expected at most ${MAX_GROUPS} workgroups an axis, got ${x},${y},${z}`,
      );
    }
    this.#dispatches.push({ kernel, constants, bindings, groups: [x, y, z], sizes, cost });
  }

  /** Applies an op and remembers it for `gradients`. */
  apply<Inputs extends Values, Saved extends Values, Options>(
    op: Op<Inputs, Saved, Options>,
    inputs: Inputs,
    options: Options,
  ): Value {
    const { output, saved } = op.forward(this, inputs, options);
    this.#applications.push({
      output,
      inputs,
      backward: (p, gradient) => op.backward(p, gradient, { inputs, output, saved, options }),
    });
    return output;
  }

  /**
   * Records the gradients of `output` with respect to `wanted`, by reverse mode over the applied ops.
   *
   * @param seed cotangent of the output, of its shape
   * @throws {ShapeError} if the output does not depend on one of the wanted values
   */
  gradients(output: Value, seed: Value, wanted: readonly Value[]): Map<Value, Value> {
    if (!sameShape(output.shape, seed.shape)) {
      throw new ShapeError(
        `gradients: output ${describeShape(output.shape)} and seed ${describeShape(seed.shape)} differ`,
      );
    }
    const needed = this.#dependents(new Set(wanted));
    const gradientOf = new Map<Value, Value>([[output, seed]]);
    for (const application of this.#applications.toReversed()) {
      const gradient = gradientOf.get(application.output);
      if (gradient === undefined || !needed.has(application.output)) continue;
      const rules = application.backward(this, gradient);
      for (const [name, input] of Object.entries(application.inputs)) {
        if (!needed.has(input)) continue;
        const contribution = rules[name]!();
        const known = gradientOf.get(input);
        gradientOf.set(
          input,
          known === undefined ? contribution : add.forward(this, { a: known, b: contribution }, {}).output,
        );
      }
    }
    const result = new Map<Value, Value>();
    for (const value of wanted) {
      const gradient = gradientOf.get(value);
      if (gradient === undefined)
        throw new ShapeError(`gradients: ${output.label} does not depend on ${value.label}`);
      result.set(value, gradient);
    }
    return result;
  }

  /** Everything computed from the given values, themselves included. */
  #dependents(values: Set<Value>): Set<Value> {
    for (const application of this.#applications) {
      if (Object.values(application.inputs).some((input) => values.has(input)))
        values.add(application.output);
    }
    return values;
  }

  /** Keeps a temporary readable after the run: it gets a tensor of its own. */
  output(value: Value): Tensor {
    if (value.tensor !== null) return value.tensor;
    let tensor = this.#outputs.get(value);
    if (tensor === undefined) {
      tensor = createTensor(this.gpu, `${this.name}/${value.label}`, value.shape, null, value.dtype);
      this.#outputs.set(value, tensor);
    }
    return tensor;
  }

  /** Plans, compiles and binds. @throws {KernelError} if a kernel does not compile or a dispatch is invalid */
  async build(): Promise<Program> {
    const { gpu } = this;
    const scalarTensor = createTensor(gpu, `${this.name}/scalars`, [64]);
    if (this.#scalarValue !== null) this.#outputs.set(this.#scalarValue, scalarTensor);
    const plan = planTemporaries(this.#dispatches, new Set(this.#outputs.keys()));
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const slots = plan.slotBytes.map((size, index) =>
      gpu.device.createBuffer({ label: `${this.name}/slot ${index}`, size, usage }),
    );
    const bufferOf = (value: Value): GPUBuffer =>
      value.tensor?.buffer ?? this.#outputs.get(value)?.buffer ?? slots[plan.slotOf.get(value)!]!;

    const pipelines = await Promise.all(
      this.#dispatches.map(({ kernel, constants }) => pipelineFor(gpu, kernel, constants)),
    );
    gpu.device.pushErrorScope('validation');
    const uniforms = uploadSizes(gpu, this.name, this.#dispatches);
    const commands: Command[] = this.#dispatches.map((dispatch, index) => ({
      label: dispatch.kernel.label,
      pipeline: pipelines[index]!,
      bindGroup: gpu.device.createBindGroup({
        label: `${this.name}: ${dispatch.kernel.label}`,
        layout: pipelines[index]!.getBindGroupLayout(0),
        entries: [
          ...dispatch.bindings.map((value, binding) => ({
            binding,
            resource: {
              buffer: bufferOf(value),
              size: Math.max(16, Math.ceil(sizeOf(value.shape) / 4) * 16),
            },
          })),
          ...uniforms.entry(index, dispatch.bindings.length),
        ],
      }),
      groups: dispatch.groups,
    }));
    const error = await gpu.wait(gpu.device.popErrorScope());
    if (error !== null) throw new KernelError(`internal: program ${this.name}: ${error.message}`);
    const buffers = [
      ...slots,
      ...[...this.#outputs.values()].map((tensor) => tensor.buffer),
      uniforms.buffer,
    ];
    return new Program(gpu, this.name, commands, this.#scalars, scalarTensor, buffers, plan);
  }
}

/** WebGPU's guaranteed alignment of uniform offsets. */
const UNIFORM_ALIGNMENT = 256;

/** Puts the sizes of all dispatches into one uniform buffer, each at an aligned offset. */
function uploadSizes(gpu: Gpu, name: string, dispatches: readonly Dispatch[]) {
  const all = new Uint32Array((dispatches.length * UNIFORM_ALIGNMENT) / 4);
  dispatches.forEach(({ sizes }, index) => all.set(sizes, (index * UNIFORM_ALIGNMENT) / 4));
  const buffer = gpu.device.createBuffer({
    label: `${name}/sizes`,
    size: Math.max(UNIFORM_ALIGNMENT, all.byteLength),
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  gpu.device.queue.writeBuffer(buffer, 0, all);
  const entry = (index: number, binding: number): GPUBindGroupEntry[] =>
    dispatches[index]!.sizes.length === 0
      ? []
      : [{ binding, resource: { buffer, offset: index * UNIFORM_ALIGNMENT, size: UNIFORM_ALIGNMENT } }];
  return { buffer, entry };
}

function fold(groups: number): [number, number, number] {
  return groups <= MAX_GROUPS ? [groups, 1, 1] : [MAX_GROUPS, Math.ceil(groups / MAX_GROUPS), 1];
}
