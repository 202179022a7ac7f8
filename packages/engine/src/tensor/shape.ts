import { ShapeError } from '../errors.ts';

/** Row-major extents; a scalar is [1]. */
export type Shape = readonly number[];

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function sameShape(left: Shape, right: Shape): boolean {
  return left.length === right.length && left.every((extent, axis) => extent === right[axis]);
}

export function describeShape(shape: Shape): string {
  return `(${shape.join(',')})`;
}

/**
 * Matches shapes against named dimensions and returns the extent of each name.
 *
 * `bindDimensions('linear', { x: ['N', 'D'], w: ['D', 'M'] }, { x, w }).M` is the width of w. A name that stands
 * in several places must have one extent.
 *
 * @throws {ShapeError} naming the operation, both operands and both shapes
 */
export function bindDimensions<Name extends string>(
  operation: string,
  pattern: Readonly<Record<string, readonly Name[]>>,
  shapes: Readonly<Record<string, { readonly shape: Shape }>>,
): Record<Name, number> {
  const extents = new Map<Name, { extent: number; operand: string }>();
  for (const [operand, names] of Object.entries(pattern)) {
    const shape = shapes[operand]!.shape;
    const wanted = `${operand} (${names.join(',')})`;
    if (shape.length !== names.length) {
      throw new ShapeError(`${operation}: expected ${wanted}, got ${describeShape(shape)}`);
    }
    names.forEach((name, axis) => {
      const extent = shape[axis]!;
      const known = extents.get(name);
      if (known === undefined) {
        extents.set(name, { extent, operand });
      } else if (known.extent !== extent) {
        const other = shapes[known.operand]!.shape;
        throw new ShapeError(
          `${operation}: ${name} differs, ${known.operand} ${describeShape(other)} says ${known.extent} and ` +
            `${wanted} ${describeShape(shape)} says ${extent}`,
        );
      }
    });
  }
  return Object.fromEntries([...extents].map(([name, { extent }]) => [name, extent])) as Record<Name, number>;
}
