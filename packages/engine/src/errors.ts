/** Two shapes do not fit; the message shows both sides. */
export class ShapeError extends Error {
  override name = 'ShapeError';
}

/** A kernel does not compile, or a dispatch breaks a rule of WebGPU. Always a bug of ours. */
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
