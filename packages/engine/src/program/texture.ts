import type { Gpu } from '../device/gpu.ts';
import { sizeOf, type Shape } from '../tensor/shape.ts';
import type { Value } from './value.ts';

/**
 * Temporaries of vec4f may lie in a storage texture of rgba32float instead of a buffer: lavapipe loads a texel for
 * half the price, having no bounds to check lane by lane. Texel i of such a value lies at (i mod TEXELS, i / TEXELS),
 * so that textures differ in their height alone and take turns in slots as buffers do.
 */
export const TEXELS = 4096;
const ROW_BYTES = TEXELS * 16;

/** WGSL for where texel `index` lies, itself a WGSL expression. */
export function texelAt(index: string): string {
  return `vec2u((${index}) % ${TEXELS}u, (${index}) / ${TEXELS}u)`;
}

/** True when a texture of the adapter can hold a value of this shape. */
export function fitsTexture(gpu: Gpu, shape: Shape): boolean {
  return textureBytes(shape) <= gpu.device.limits.maxTextureDimension2D * ROW_BYTES;
}

/** True where a value of this shape is read faster from a texture than from a buffer. */
export function readsTexturesFaster(gpu: Gpu, shape: Shape): boolean {
  // With 16 lanes lavapipe loads and stores only half of them in a texture (Mesa 25.0).
  return gpu.adapterClass === 'cpu-wide' && gpu.subgroupSize === 8 && fitsTexture(gpu, shape);
}

/** Bytes of a texture for a value of this shape: whole rows of texels. */
export function textureBytes(shape: Shape): number {
  return Math.ceil((sizeOf(shape) * 4) / ROW_BYTES) * ROW_BYTES;
}

/** Creates a texture of that many bytes. */
export function createTexture(gpu: Gpu, label: string, bytes: number): GPUTexture {
  return gpu.device.createTexture({
    label,
    size: [TEXELS, bytes / ROW_BYTES],
    format: 'rgba32float',
    usage: GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.COPY_SRC | GPUTextureUsage.COPY_DST,
  });
}

/** A temporary in a texture: rows of vec4f. Its first use must write it. */
export function textureTemporary(label: string, shape: Shape): Value {
  return { label, shape, dtype: 'f32', tensor: null, part: null, inTexture: true };
}
