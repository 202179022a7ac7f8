import { underScopes } from '../device/error-scopes.ts';
import type { Gpu } from '../device/gpu.ts';
import { KernelError, ProgramError, ShapeError } from '../errors.ts';
import { checkDevice, createTensor, type DType, type Tensor } from '../tensor/tensor.ts';
import { describeShape, sameShape, sizeOf, type Shape } from '../tensor/shape.ts';
import { add } from '../ops/add/add.ts';
import { checkDispatches, type Use } from './check-dispatches.ts';
import { markedEntries, type Cost } from './cost.ts';
import { pipelineFor, textOf, type Constants, type Kernel } from './kernel.ts';
import { estimateMs } from './estimate.ts';
import type { Application, Op, Values } from './op.ts';
import { planTemporaries } from './plan.ts';
import { Program, type Command } from './program.ts';
import { Slices } from './slices.ts';
import { createPlaces, resourceFor } from './places.ts';
import { fitsTexture, textureTemporary } from './texture.ts';
import { Scalar, wholeOf, type Value } from './value.ts';

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
  /** Finite numbers, and scalars, of which the kernel gets the place in the buffer of scalars. */
  readonly constants?: Readonly<Record<string, number | Scalar>>;
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
/** Room in a program's buffer of scalars. */
const MAX_SCALARS = 64;

/**
 * Collects the dispatches of a step, once. Shapes are checked as ops are applied; `build` plans memory, compiles
 * pipelines and makes bind groups, so that running the program later allocates nothing.
 */
export class ProgramBuilder {
  readonly gpu: Gpu;
  readonly name: string;
  /** Dispatches, and what will record some when the program is built, in its place. */
  #recorded: (Dispatch | (() => Promise<void>))[] = [];
  readonly #applications: Application[] = [];
  readonly #persistent = new Map<Tensor, Value>();
  readonly #scalars: Scalar[] = [];
  /** Scalars that some kernel was given. */
  readonly #scalarsRead = new Set<Scalar>();
  readonly #outputs = new Map<Value, Tensor>();
  #scalarValue: Value | null = null;
  /** True once it is built: what is recorded after that would never run. */
  #planned = false;

  constructor(gpu: Gpu, name: string) {
    this.gpu = gpu;
    this.name = name;
  }

  /**
   * A tensor that lives outside the program; the same tensor gives the same value.
   *
   * @throws {DeviceError} if it is of another device
   */
  persistent(tensor: Tensor): Value {
    checkDevice(this.gpu, tensor);
    let value = this.#persistent.get(tensor);
    if (value === undefined) {
      value = { label: tensor.label, shape: tensor.shape, dtype: tensor.dtype, tensor, part: null };
      this.#persistent.set(tensor, value);
    }
    return value;
  }

  /** A value that lives only within a run. Its first use must write it. */
  temporary(label: string, shape: Shape, dtype: DType = 'f32'): Value {
    return { label, shape, dtype, tensor: null, part: null };
  }

  /** A temporary of vec4f in a storage texture, `shape` counting floats; bind it as texture_storage_2d<rgba32float>. */
  texture(label: string, shape: Shape): Value {
    return textureTemporary(label, shape);
  }

  /** A number given anew at every run; the same name gives the same scalar. @throws {ProgramError} if there are too many */
  scalar(name: string): Scalar {
    let scalar = this.#scalars.find((known) => known.name === name);
    if (scalar === undefined) {
      scalar = new Scalar(name);
      if (this.#scalars.push(scalar) > MAX_SCALARS)
        throw new ProgramError(
          `${this.name}: expected at most ${MAX_SCALARS} scalars, got "${name}" besides; use fewer names, or two programs`,
        );
    }
    return scalar;
  }

  /** The buffer of all scalars, for binding; a kernel is told where a scalar is by a constant that is the scalar. */
  get scalars(): Value {
    return (this.#scalarValue ??= this.temporary('scalars', [MAX_SCALARS]));
  }

  /** Fills a binding that a kernel's constants keep it from reading. */
  readonly unread: Value = this.temporary('unread', [4]);

  /**
   * Records one launch.
   *
   * @throws {ShapeError} if the adapter cannot bind an operand at once, or it is a tensor and no value
   * @throws {ProgramError} if the program has been built
   * @throws {KernelError} if there are too many workgroups, a constant is no finite number, or the cost counts a mask that is
   *   not bound
   */
  dispatch(launch: Launch): void {
    const { kernel, constants = {}, bindings, sizes = new Uint32Array(0), cost } = launch;
    const [x, y, z] = typeof launch.groups === 'number' ? fold(launch.groups) : launch.groups;
    if (this.#planned)
      throw new ProgramError(
        `${this.name}: expected all of a program to be recorded before build(), got ${kernel.label} after it; record it earlier, or in another ProgramBuilder`,
      );
    for (const value of bindings) {
      if ('buffer' in value)
        throw new ShapeError(
          `${kernel.label}: expected a value of the program, got the tensor ${value.label} itself; give p.persistent(tensor)`,
        );
      const fits =
        value.inTexture === true
          ? fitsTexture(this.gpu, value.shape)
          : sizeOf(value.shape) * 4 <= this.gpu.largestBinding;
      if (!fits) {
        throw new ShapeError(
          `${kernel.label}: ${value.label} ${describeShape(value.shape)} exceeds the ${this.gpu.largestBinding} bytes that ${this.gpu.name} binds at once; use a smaller batch`,
        );
      }
    }
    if (x > MAX_GROUPS || y > MAX_GROUPS || z > MAX_GROUPS) {
      throw new KernelError(
        `${kernel.label}: expected at most ${MAX_GROUPS} workgroups an axis, got ${x},${y},${z}`,
      );
    }
    const marked = markedEntries(cost);
    if (marked !== null && !bindings.includes(marked.mask)) {
      throw new KernelError(
        `${kernel.label}: expected the mask that its cost counts among its bindings, got ${marked.mask.label}`,
      );
    }
    const resolved = this.#resolve(kernel, constants);
    this.#recorded.push({ kernel, constants: resolved, bindings, groups: [x, y, z], sizes, cost });
  }

  /** Has something recorded here when the program is built: what must be found out first takes time. */
  defer(record: () => Promise<void>): void {
    this.#recorded.push(record);
  }

  /** All dispatches, those that were deferred in their places. */
  async #dispatched(): Promise<readonly Dispatch[]> {
    const dispatches: Dispatch[] = [];
    for (const recorded of this.#recorded) {
      if (typeof recorded !== 'function') {
        dispatches.push(recorded);
        continue;
      }
      this.#recorded = [];
      await recorded();
      dispatches.push(...(this.#recorded as Dispatch[]));
    }
    this.#planned = true;
    return (this.#recorded = dispatches);
  }

  /** Puts places for scalars, and notes that they are read. */
  #resolve(kernel: Kernel, constants: Readonly<Record<string, number | Scalar>>): Constants {
    const resolved: Record<string, number> = {};
    for (const [name, value] of Object.entries(constants)) {
      const place = value instanceof Scalar ? this.#scalars.indexOf(value) : value;
      if (!Number.isFinite(place) || (value instanceof Scalar && place < 0)) {
        const got = value instanceof Scalar ? `the scalar "${value.name}" of another` : String(value);
        throw new KernelError(
          `${kernel.label}: expected ${name} to be a finite number or a scalar of this program, got ${got}`,
        );
      }
      if (value instanceof Scalar) this.#scalarsRead.add(value);
      resolved[name] = place;
    }
    return resolved;
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
        `gradients: expected a seed of the output's shape, got ${seed.label} ${describeShape(seed.shape)} for ${output.label} ${describeShape(output.shape)}`,
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
        throw new ShapeError(
          `gradients: expected ${output.label} ${describeShape(output.shape)} to come from ${value.label} ${describeShape(value.shape)} by ops that p.apply recorded, got none that lead there; what is called as a function, as matmul is, has no gradient`,
        );
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

  /**
   * Keeps a temporary readable after the run: it gets a tensor of its own.
   *
   * @throws {ShapeError} if it is a block of rows of another value
   * @throws {ProgramError} if the program has been built
   */
  output(value: Value): Tensor {
    if (value.part !== null)
      throw new ShapeError(
        `${value.label}: expected a whole value to keep, got a block of ${value.part.whole.label}`,
      );
    if (value.tensor !== null) return value.tensor;
    let tensor = this.#outputs.get(value);
    if (tensor === undefined) {
      if (this.#planned)
        throw new ProgramError(
          `${this.name}: expected every output to be named before build(), got ${value.label} after it; call output() earlier`,
        );
      tensor = createTensor(this.gpu, `${this.name}/${value.label}`, value.shape, null, value.dtype);
      this.#outputs.set(value, tensor);
    }
    return tensor;
  }

  /**
   * Plans, compiles and binds.
   *
   * @throws {ProgramError} if no kernel reads a scalar or writes an output, or one reads what none has written
   * @throws {KernelError} if a kernel does not compile, or a dispatch is invalid
   * @throws {ShapeError} if a kernel is given floats for whole numbers or the reverse
   * @throws {DeviceError} if the device has no room for the temporaries
   */
  async build(): Promise<Program> {
    const leave = this.gpu.profiler?.enter('builds', this.name);
    try {
      return await this.#build();
    } finally {
      leave?.();
    }
  }

  async #build(): Promise<Program> {
    const { gpu, name } = this;
    const dispatches = await this.#dispatched();
    this.#checkScalars();
    const texts = await Promise.all(dispatches.map(({ kernel }) => textOf(gpu, kernel)));
    const uses = checkDispatches(dispatches, texts, this.#scalarValue, this.unread);
    this.#checkOutputs(uses);
    const scalarTensor = createTensor(gpu, `${name}/scalars`, [MAX_SCALARS]);
    if (this.#scalarValue !== null) this.#outputs.set(this.#scalarValue, scalarTensor);
    const plan = planTemporaries(dispatches, new Set(this.#outputs.keys()));
    const slots = await createPlaces(gpu, name, plan);
    const placeOf = (value: Value): GPUBuffer | GPUTexture =>
      value.tensor?.buffer ??
      this.#outputs.get(wholeOf(value))?.buffer ??
      slots[plan.slotOf.get(wholeOf(value))!]!;
    const uniforms = uploadSizes(gpu, name, dispatches);
    const commands = await bindCommands(gpu, name, dispatches, uses, placeOf, uniforms);
    const places = [...slots, ...[...this.#outputs.values()].map((tensor) => tensor.buffer), uniforms.buffer];
    const scalars = this.#scalars.map((scalar) => scalar.name);
    const slices = new Slices(dispatches.map((dispatch) => estimateMs(gpu, dispatch)));
    return new Program(gpu, name, commands, slices, scalars, scalarTensor, places, plan);
  }

  /** @throws {ProgramError} if some kernel was to read a scalar, and was given a number in its place */
  #checkScalars(): void {
    const unread = this.#scalars.find((scalar) => !this.#scalarsRead.has(scalar));
    if (unread !== undefined)
      throw new ProgramError(
        `${this.name}: expected a kernel that reads the scalar "${unread.name}", got none; give the scalar itself to an op, as a number of one run would be baked into all`,
      );
  }

  /** @throws {ProgramError} if what shall be read after a run is written by nothing in it */
  #checkOutputs(uses: readonly (readonly Use[])[]): void {
    const written = new Set(
      uses.flatMap((of) => of.filter((use) => use.written).map(({ value }) => wholeOf(value))),
    );
    for (const value of this.#outputs.keys()) {
      if (!written.has(value) && value !== this.#scalarValue)
        throw new ProgramError(
          `${this.name}: expected a kernel that writes the output ${value.label} ${describeShape(value.shape)}, got none; record what makes it, in the same ProgramBuilder`,
        );
    }
  }
}

/** Compiles the kernels of dispatches, and binds what each is given where it lies. @throws {KernelError} see build */
async function bindCommands(
  gpu: Gpu,
  name: string,
  dispatches: readonly Dispatch[],
  uses: readonly (readonly Use[])[],
  placeOf: (value: Value) => GPUBuffer | GPUTexture,
  uniforms: ReturnType<typeof uploadSizes>,
): Promise<Command[]> {
  const pipelines = await Promise.all(
    dispatches.map(({ kernel, constants }) => pipelineFor(gpu, kernel, constants)),
  );
  const countedBuffer = ({ cost }: Dispatch): GPUBuffer | null => {
    const marked = markedEntries(cost);
    // Textures hold packed floats alone, so a mask lies in a buffer.
    return marked === null ? null : (placeOf(marked.mask) as GPUBuffer);
  };
  const command = (dispatch: Dispatch, index: number): Command => ({
    label: dispatch.kernel.label,
    pipeline: pipelines[index]!,
    bindGroup: gpu.device.createBindGroup({
      label: `${name}: ${dispatch.kernel.label}`,
      layout: pipelines[index]!.getBindGroupLayout(0),
      entries: [
        ...dispatch.bindings.map((value, binding) => ({
          binding,
          resource: resourceFor(value, placeOf(value)),
        })),
        ...uniforms.entry(index, dispatch.bindings.length),
      ],
    }),
    groups: dispatch.groups,
    uses: uses[index]!.map((use) => ({ ...use, place: placeOf(use.value) })),
    cost: dispatch.cost,
    counted: countedBuffer(dispatch),
  });
  const { result: commands, complaint } = underScopes(gpu, () => dispatches.map(command));
  const error = await gpu.wait(complaint, 'validation');
  if (error !== null) throw new KernelError(`${name}: ${error.message}`);
  return commands;
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
