import type { DType } from '../tensor/tensor.ts';

/** A storage binding as a kernel declares it. */
export interface KernelBinding {
  readonly name: string;
  readonly written: boolean;
  /** Null where the text does not say: structs. */
  readonly dtype: DType | null;
}

const DECLARATION =
  /@binding\((\d+)\)\s*var(?:<\s*(storage|uniform)\s*(?:,\s*(read|read_write)\s*)?>)?\s+(\w+)\s*:\s*([^;]+);/g;

/** The storage buffers and textures that a kernel's text declares, by binding number. Uniforms are not among them. */
export function bindingsOf(text: string): ReadonlyMap<number, KernelBinding> {
  const found = new Map<number, KernelBinding>();
  for (const [, number, space, access, name, type] of text.matchAll(DECLARATION)) {
    if (space === 'uniform') continue;
    const written =
      access === 'read_write' || /\b(write|read_write)\b/.test(space === undefined ? type! : '');
    found.set(Number(number), { name: name!, written, dtype: dtypeOf(type!) });
  }
  return found;
}

/** `Column` and `Stored` are aliases of a row's elements, always floats; see column.vec4.wgsl and put-column.edged.wgsl. */
function dtypeOf(type: string): DType | null {
  const element = /^array<(.*?)(?:,\s*\w+)?>$/.exec(type.trim())?.[1] ?? type.trim();
  if (/^(f32|vec[234](f|<f32>)|Column|Stored|texture_\w+<rgba32float\b.*)$/.test(element)) return 'f32';
  if (/^(u32|vec[234](u|<u32>)|atomic<u32>)$/.test(element)) return 'u32';
  return null;
}
