import type { ProgramBuilder } from '../../program/builder.ts';
import { texelAt } from '../../program/texture.ts';
import type { Value } from '../../program/value.ts';
import type { Shape } from '../../tensor/shape.ts';
import type { MatrixView } from './problem.ts';

/** Where a packed operand lies; its kernels differ only in how they name an element, a vec4f. */
export type Place = 'buffer' | 'texture';

export function packedTemporary(p: ProgramBuilder, place: Place, label: string, shape: Shape): Value {
  return place === 'texture' ? p.texture(label, shape) : p.temporary(label, shape);
}

/** WGSL that declares a packed operand. */
export function declarePacked(binding: number, name: string, place: Place, access: 'read' | 'write'): string {
  return place === 'texture'
    ? `@group(0) @binding(${binding}) var ${name}: texture_storage_2d<rgba32float, ${access}>;`
    : `@group(0) @binding(${binding}) var<storage, ${access === 'read' ? 'read' : 'read_write'}> ${name}: array<vec4f>;`;
}

/** WGSL for element `index` of a packed operand. */
export function loadPacked(name: string, place: Place, index: string): string {
  return place === 'texture' ? `textureLoad(${name}, ${texelAt(index)})` : `${name}[${index}]`;
}

/** A WGSL statement that stores element `index` of a packed operand. */
export function storePacked(name: string, place: Place, index: string, vector: string): string {
  return place === 'texture'
    ? `textureStore(${name}, ${texelAt(index)}, ${vector});`
    : `${name}[${index}] = ${vector};`;
}

/** What was packed for one product, of which blocks share operands. */
export class PackedOperands {
  readonly #packed = new Map<MatrixView, Map<string, Value>>();

  /** Packs a matrix, unless that was done in the same layout. */
  of(matrix: MatrixView, layout: string, pack: () => Value): Value {
    const layouts = this.#packed.get(matrix) ?? new Map<string, Value>();
    this.#packed.set(matrix, layouts);
    const packed = layouts.get(layout) ?? pack();
    layouts.set(layout, packed);
    return packed;
  }
}
