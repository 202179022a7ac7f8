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
  const slots = watch.created.filter((place) => place.label.startsWith(`${p.name}/slot `));
  const outputs = results
    .filter((tensor) => tensor.label.startsWith(`${p.name}/`))
    .map((tensor) => tensor.buffer);
  for (const place of [...slots, ...outputs]) fillWithNaN(gpu, place);
  return program;
}

/** Fills a buffer, or a texture of rgba32float, with NaN. */
export function fillWithNaN(gpu: Gpu, place: GPUBuffer | GPUTexture): void {
  const { queue } = gpu.device;
  if ('createView' in place) {
    const { width, height } = place;
    const nan = new Float32Array(width * height * 4).fill(NaN);
    queue.writeTexture({ texture: place }, nan, { bytesPerRow: width * 16 }, [width, height]);
  } else {
    queue.writeBuffer(place, 0, new Float32Array(place.size / 4).fill(NaN));
  }
}
