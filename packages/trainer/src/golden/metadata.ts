import type { SafetensorsFile } from '../artefacts/safetensors.ts';

/** A golden file does not describe a case that can be run. */
export class GoldenFileError extends Error {
  override name = 'GoldenFileError';
}

/** Reads the sizes and coefficients that a golden file states about itself. */
export class GoldenMetadata {
  readonly #file: SafetensorsFile;

  constructor(file: SafetensorsFile) {
    this.#file = file;
  }

  /** True if the file states the key; Python writes None for what it leaves open. */
  has(key: string): boolean {
    return !['', 'none', 'null'].includes((this.#file.metadata[key] ?? '').toLowerCase());
  }

  /** @throws {GoldenFileError} if the key is missing */
  text(key: string): string {
    const value = this.#file.metadata[key];
    if (value === undefined || !this.has(key)) {
      throw new GoldenFileError(
        `${this.#file.path}: expected "${key}" in the metadata, got only ${Object.keys(this.#file.metadata).join(', ') || 'none'}`,
      );
    }
    return value;
  }

  /** @throws {GoldenFileError} if the key is no number, or missing without a fallback */
  number(key: string, fallback?: number): number {
    if (fallback !== undefined && !this.has(key)) return fallback;
    const value = Number(this.text(key));
    if (!Number.isFinite(value))
      throw new GoldenFileError(
        `${this.#file.path}: expected a number for "${key}", got "${this.text(key)}"`,
      );
    return value;
  }

  /** @throws {GoldenFileError} if the key says neither true nor false, in any case of letters */
  flag(key: string, fallback: boolean): boolean {
    if (!this.has(key)) return fallback;
    const word = this.text(key).toLowerCase();
    if (word !== 'true' && word !== 'false')
      throw new GoldenFileError(
        `${this.#file.path}: expected True or False for "${key}", got "${this.text(key)}"`,
      );
    return word === 'true';
  }

  /** Adam's constants. */
  adam(): { beta1: number; beta2: number; epsilon: number; learningRate: number } {
    return {
      learningRate: this.number('adam_lr'),
      beta1: this.number('adam_beta1'),
      beta2: this.number('adam_beta2'),
      epsilon: this.number('adam_eps'),
    };
  }
}

/**
 * Checks the shape of a tensor that the case reads.
 *
 * @throws {GoldenFileError} if it has another; {SafetensorsError} if the file has none of that name
 */
export function checkShape(file: SafetensorsFile, tensor: string, shape: readonly number[]): void {
  const found = file.info(tensor).shape;
  if (found.join() !== shape.join()) {
    throw new GoldenFileError(
      `${file.path}: expected ${tensor} of shape (${shape.join()}), got (${found.join()})`,
    );
  }
}

/**
 * An extent of a tensor, for a size that the metadata leaves to the shapes.
 *
 * @throws {GoldenFileError} if the tensor has too few dimensions; {SafetensorsError} if there is none of that name
 */
export function extentOf(file: SafetensorsFile, tensor: string, dimension: number): number {
  const { shape } = file.info(tensor);
  const extent = shape[dimension];
  if (extent === undefined) {
    throw new GoldenFileError(
      `${file.path}: expected ${tensor} of at least ${dimension + 1} dimensions, got (${shape.join()})`,
    );
  }
  return extent;
}
