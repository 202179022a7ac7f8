import type { Gpu } from '../device/gpu.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Program } from '../program/program.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { watchBuffers } from './watch-buffers.ts';

/** Builds a program and fills its temporaries, and those of the given results that it owns, with NaN. */
export async function buildAndPoison(
  gpu: Gpu,
  p: ProgramBuilder,
  results: readonly Tensor[],
): Promise<Program> {
  const watch = watchBuffers(gpu);
  const program = await p.build().finally(watch.stop);
  const slots = watch.created.filter((buffer) => buffer.label.startsWith(`${p.name}/slot `));
  const outputs = results
    .filter((tensor) => tensor.label.startsWith(`${p.name}/`))
    .map((tensor) => tensor.buffer);
  for (const buffer of [...slots, ...outputs]) {
    gpu.device.queue.writeBuffer(buffer, 0, new Float32Array(buffer.size / 4).fill(NaN));
  }
  return program;
}
