/** Two shapes do not fit; the message shows both sides. */
export class ShapeError extends Error {
  override name = 'ShapeError';
}

/** A program is recorded or run as it cannot be: without a scalar, in the wrong order, after it was destroyed. */
export class ProgramError extends Error {
  override name = 'ProgramError';
}

/** A kernel does not compile, or a dispatch breaks a rule of WebGPU: a bug of whoever wrote the kernel or its op. */
export class KernelError extends Error {
  override name = 'KernelError';
}

/** The device failed: lost, out of memory, or an error it reported late. */
export class DeviceError extends Error {
  override name = 'DeviceError';
}

/** No adapter that can compute was found. */
export class AdapterError extends Error {
  override name = 'AdapterError';
}

/** A number is infinite or no number where none may be; the message says where, and what to try. */
export class NonFiniteError extends Error {
  override name = 'NonFiniteError';
  /** Where, and what it is instead. */
  readonly what: string;
  readonly remedy: string;

  constructor(what: string, remedy: string) {
    super(`${what}; ${remedy}`);
    this.what = what;
    this.remedy = remedy;
  }
}

/** Kernels were asked for that cannot be had. */
export class TuningError extends Error {
  override name = 'TuningError';
}
