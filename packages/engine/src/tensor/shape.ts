import { ShapeError } from '../errors.ts';

/** Row-major extents; a scalar is [1]. */
export type Shape = readonly number[];

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Whether two shapes have the same extents, in the same order. */
export function sameShape(left: Shape, right: Shape): boolean {
  return left.length === right.length && left.every((extent, axis) => extent === right[axis]);
}

/** A shape as messages show it: `(2,3)`. */
export function describeShape(shape: Shape): string {
  return `(${shape.join(',')})`;
}

/** @throws {ShapeError} if a number that an operation is given is not a whole one above 0 */
export function checkCount(operation: string, name: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value > 0))
    throw new ShapeError(`${operation}: expected a whole number above 0 for ${name}, got ${value}`);
}

/** Named axes of an operand: of floats, or of whole numbers where it says so. */
export type Axes<Name extends string> = readonly Name[] | { readonly u32: readonly Name[] };

/** An operand's shape, and what it holds where that is known. */
interface Operand {
  readonly shape: Shape;
  readonly dtype?: 'f32' | 'u32';
  readonly label?: string;
}

/**
 * Matches operands against named dimensions and returns the extent of each name.
 *
 * `bindDimensions('gather', { x: ['N', 'D'], places: { u32: ['M'] } }, { x, places }).D` is the width of x. A name
 * that stands in several places must have one extent.
 *
 * @throws {ShapeError} naming the operation, both operands and both shapes, or the types
 */
export function bindDimensions<Name extends string>(
  operation: string,
  pattern: Readonly<Record<string, Axes<Name>>>,
  operands: Readonly<Record<string, Operand>>,
): Record<Name, number> {
  const extents = new Map<Name, { extent: number; operand: string }>();
  for (const [operand, axes] of Object.entries(pattern)) {
    const [names, type] = 'u32' in axes ? [axes.u32, 'u32'] : [axes, 'f32'];
    const wanted = `${operand} (${names.join(',')})`;
    // Whoever writes JavaScript has no compiler that misses it.
    const given = operands[operand] as Operand | undefined;
    if (given === undefined) throw new ShapeError(`${operation}: expected ${wanted}, got none`);
    const { shape, dtype, label } = given;
    if (dtype !== undefined && dtype !== type) {
      throw new ShapeError(
        `${operation}: expected ${wanted} of ${type}, got ${label ?? ''} ${describeShape(shape)} of ${dtype}`,
      );
    }
    if (shape.length !== names.length) {
      throw new ShapeError(`${operation}: expected ${wanted}, got ${describeShape(shape)}`);
    }
    names.forEach((name, axis) => {
      const extent = shape[axis]!;
      const known = extents.get(name);
      if (known === undefined) {
        extents.set(name, { extent, operand });
      } else if (known.extent !== extent) {
        const other = operands[known.operand]!.shape;
        throw new ShapeError(
          `${operation}: ${name} differs, ${known.operand} ${describeShape(other)} says ${known.extent} and ` +
            `${wanted} ${describeShape(shape)} says ${extent}`,
        );
      }
    });
  }
  return Object.fromEntries([...extents].map(([name, { extent }]) => [name, extent])) as Record<Name, number>;
}
