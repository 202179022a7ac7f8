import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SafetensorsWriter } from '../artefacts/safetensors-writer.ts';

/** Name of a shard, by its number. */
export const shardName = (number: number): string => `shard-${String(number).padStart(5, '0')}.safetensors`;

/**
 * Writes one activation shard, a piece at a time: `activations` (N,A) F32 and `positions` (N) I64, the place of each
 * row's token in the stream of training tokens. It is there, whole, once it is finished.
 */
export class ShardWriter implements Disposable {
  readonly #writer: SafetensorsWriter;

  constructor(
    folder: string,
    number: number,
    [rows, width]: readonly [number, number],
    metadata: Readonly<Record<string, string>>,
  ) {
    mkdirSync(folder, { recursive: true });
    this.#writer = new SafetensorsWriter(
      join(folder, shardName(number)),
      { activations: { dtype: 'F32', shape: [rows, width] }, positions: { dtype: 'I64', shape: [rows] } },
      metadata,
    );
  }

  /** @param activations (n,A) @param positions (n) */
  append(activations: Float32Array<ArrayBuffer>, positions: Float64Array): void {
    this.#writer.write('activations', activations);
    this.#writer.write('positions', BigInt64Array.from(positions, BigInt));
  }

  finish(): void {
    this.#writer.finish();
  }

  [Symbol.dispose](): void {
    this.#writer[Symbol.dispose]();
  }
}
