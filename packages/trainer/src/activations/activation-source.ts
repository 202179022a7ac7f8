import type { Tensor } from '@monosema/engine';

/** Where activation vectors come from, each once: a model that runs on the same device, or files. */
export interface ActivationSource {
  /** Most vectors it has to give. */
  readonly capacity: number;
  /** Vectors that come at a time. */
  readonly rows: number;
  /** Vectors given so far. A resumed run goes on from there; see seek. */
  readonly given: number;
  /**
   * Puts the next vectors into slots of the buffer that the source was opened for.
   *
   * @param slots `rows` of them
   * @returns how many vectors came, into the first slots; fewer than asked for only at the end
   */
  fill(slots: readonly number[]): Promise<number>;
  /** Goes on as if so many vectors had been given. */
  seek(given: number): void;
  close(): void;
}

/** Opens a source that fills a buffer (S,A). */
export type OpenSource = (buffer: Tensor) => Promise<ActivationSource>;
