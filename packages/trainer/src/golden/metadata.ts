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

  /** @throws {GoldenFileError} if the key is missing */
  text(key: string): string {
    const value = this.#file.metadata[key];
    if (value === undefined) {
      throw new GoldenFileError(`${this.#file.path}: expected "${key}" in the metadata, got only ${Object.keys(this.#file.metadata).join(', ') || 'none'}`);
    }
    return value;
  }

  /** @throws {GoldenFileError} if the key is missing or no number */
  number(key: string, fallback?: number): number {
    if (fallback !== undefined && this.#file.metadata[key] === undefined) return fallback;
    const value = Number(this.text(key));
    if (!Number.isFinite(value)) throw new GoldenFileError(`${this.#file.path}: expected a number for "${key}", got "${this.text(key)}"`);
    return value;
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
