import type { Scalar, Value } from '../../program/value.ts';
import type { Epilogue } from './problem.ts';

/** The epilogue of a kernel as WGSL, over the binding `product` and `sizes.scale`. */
export interface EpilogueText {
  /** What of the epilogue makes a text of its own, for labels. */
  readonly name: string;
  /** Bindings after that of the product, and what their kernel needs to know besides. */
  readonly bindings: readonly Value[];
  readonly constants: Readonly<Record<string, number | Scalar>>;
  readonly declarations: string;
  /** The first binding that is free, for the sizes. */
  readonly nextBinding: number;
  /** Whether sums begin with what the product holds; `product[at]` then is where. */
  readonly accumulates: boolean;
  /**
   * A statement that stores `sum` at place `at` of the product, in column `column`: one element, or four
   * neighbouring ones where the product is an array of vec4f.
   */
  readonly store: (sum: string, at: string, column: string) => string;
}

/** @param vectorised whether the product is an array of vec4f */
export function epilogueText(epilogue: Epilogue, vectorised: boolean, firstBinding: number): EpilogueText {
  const { bias, relu = false, offset, mask, add, accumulate = false } = epilogue;
  const [element, zero] = vectorised ? ['vec4f', 'vec4f()'] : ['f32', '0.0'];
  const place = (index: string) => (vectorised ? `(${index}) / 4u` : index);
  const bindings: Value[] = [];
  const declarations: string[] = [];
  const bind = (name: string, type: string, value: Value | undefined): void => {
    if (value === undefined) return;
    const binding = firstBinding + bindings.push(value) - 1;
    declarations.push(`@group(0) @binding(${binding}) var<storage, read> ${name}: array<${type}>;\n`);
  };
  bind('biases', element, bias);
  bind('scalars', 'f32', offset?.scalars);
  bind('masks', element, mask);
  bind('addends', element, add);
  if (offset !== undefined) declarations.push('override OFFSET_SLOT: u32;\noverride OFFSET_SCALE: f32;\n');
  const steps = (at: string, column: string): string[] => [
    'sum *= bitcast<f32>(sizes.scale);',
    ...(bias === undefined ? [] : [`sum += biases[${place(column)}];`]),
    ...(relu ? [`sum = max(sum, ${zero});`] : []),
    ...(offset === undefined ? [] : ['sum += scalars[OFFSET_SLOT] * OFFSET_SCALE;']),
    ...(mask === undefined ? [] : [`sum = select(${zero}, sum, masks[${place(at)}] > ${zero});`]),
    ...(add === undefined ? [] : [`sum += addends[${place(at)}];`]),
  ];
  const slots = { bias, relu: relu || undefined, offset, mask, add, accumulate: accumulate || undefined };
  return {
    name: Object.entries(slots)
      .filter(([, slot]) => slot !== undefined)
      .map(([name]) => ` ${name}`)
      .join(''),
    bindings,
    constants: offset === undefined ? {} : { OFFSET_SLOT: offset.scalar, OFFSET_SCALE: offset.scale },
    declarations: declarations.join(''),
    nextBinding: firstBinding + bindings.length,
    accumulates: accumulate,
    store: (sum, at, column) =>
      `{ var sum = ${sum}; ${steps(at, column).join(' ')} product[${place(at)}] = sum; }`,
  };
}
