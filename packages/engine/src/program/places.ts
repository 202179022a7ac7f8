import { underScopes } from '../device/error-scopes.ts';
import type { Gpu } from '../device/gpu.ts';
import { describeShape, sizeOf } from '../tensor/shape.ts';
import { bufferBytes, noRoom } from '../tensor/tensor.ts';
import type { Plan } from './plan.ts';
import { createTexture } from './texture.ts';
import type { Value } from './value.ts';

/** Makes the buffers and textures that temporaries take turns in. @throws {DeviceError} if there is no room for them */
export async function createPlaces(gpu: Gpu, name: string, plan: Plan): Promise<(GPUBuffer | GPUTexture)[]> {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const largest = gpu.device.limits.maxBufferSize;
  const made = plan.slotBytes.map((size, index) => {
    const label = `${name}/slot ${index}`;
    return underScopes(gpu, () =>
      plan.textureSlots.has(index)
        ? createTexture(gpu, label, size)
        : gpu.device.createBuffer({ label, size, usage }),
    );
  });
  const complaints = await gpu.wait(Promise.all(made.map(({ complaint }) => complaint)), 'memory');
  const places = made.map(({ result }) => result);
  const index = complaints.findIndex((complaint) => complaint !== null);
  if (index < 0) return places;
  for (const place of places) place.destroy();
  const size = plan.slotBytes[index]!;
  const widest = [...plan.slotOf.keys()]
    .filter((value) => plan.slotOf.get(value) === index)
    .reduce((a, b) => (sizeOf(a.shape) >= sizeOf(b.shape) ? a : b));
  throw noRoom(
    gpu,
    `program ${name}: ${widest.label} ${describeShape(widest.shape)}`,
    size,
    size > largest ? `a limit of ${largest} bytes a buffer` : `"${complaints[index]!.message}"`,
  );
}

/** Where a value lies in its place, for a bind group. */
export function resourceFor(value: Value, place: GPUBuffer | GPUTexture): GPUBindingResource {
  if ('createView' in place) return place.createView();
  return { buffer: place, offset: value.part?.byteOffset ?? 0, size: bufferBytes(value.shape) };
}
