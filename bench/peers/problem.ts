/** What the libraries are timed on; sizes are given as `gemm:1024x512x2048`, in the order of `sizes`. */
export const PROBLEMS = {
  /** left (M,K) · right (K,N) */
  gemm: { sizes: ['M', 'K', 'N'], stated: ['1024x512x2048', '256x512x4096'] },
  /** of each row of x (N,D) */
  softmax: { sizes: ['N', 'D'], stated: ['1024x4096'] },
  /** of each row of x (N,D), with gain and bias (D), ε = 1e-5 */
  layernorm: { sizes: ['N', 'D'], stated: ['1024x4096', '1024x512'] },
  /** one step of Adam on N parameters, bias corrections included */
  adam: { sizes: ['N'], stated: ['4194304'] },
  /** a + b, both (N) */
  add: { sizes: ['N'], stated: ['4194304'] },
  /** one training step of a sparse autoencoder whose features are active half of the time; see dictionary-check.ts */
  dictionary: { sizes: ['B', 'd', 'F'], stated: ['1024x512x4096'] },
  /** the same step where about 32 features are active on each vector */
  'sparse-dictionary': { sizes: ['B', 'd', 'F'], stated: ['1024x512x4096'] },
  /** one training step of a transformer of one layer; see transformer.ts */
  transformer: { sizes: ['B', 'T', 'D', 'H', 'M', 'V'], stated: ['8x128x128x4x512x2048'] },
} as const;

export type Kind = keyof typeof PROBLEMS;

export interface Problem {
  readonly kind: Kind;
  readonly sizes: readonly number[];
}

/** Reads `gemm:1024x512x2048`, or `gemm` for the stated sizes. @throws {Error} saying what was expected */
export function parseProblem(text: string): Problem[] {
  const [kind, sizes] = text.split(':') as [string, string | undefined];
  if (!Object.hasOwn(PROBLEMS, kind)) {
    throw new Error(`peers: expected one of ${Object.keys(PROBLEMS).join(', ')}, got "${kind}"`);
  }
  const { sizes: names, stated } = PROBLEMS[kind as Kind];
  return (sizes === undefined ? stated : [sizes]).map((given) => {
    const numbers = given.split('x').map(Number);
    if (numbers.length !== names.length || !numbers.every((n) => Number.isInteger(n) && n > 0)) {
      throw new Error(`peers: expected ${kind}:${names.join('x')} in whole numbers, got "${text}"`);
    }
    return { kind: kind as Kind, sizes: numbers };
  });
}

export function nameOf({ kind, sizes }: Problem): string {
  return `${kind}-${sizes.join('x')}`;
}

/** Floating point operations of one run, where they are products first of all; null where bytes decide. */
export function operationsOf({ kind, sizes }: Problem): number | null {
  if (kind === 'gemm') return 2 * sizes[0]! * sizes[1]! * sizes[2]!;
  // Five products: forward through encoder and decoder, and the gradients of activations and of both matrices.
  if (kind === 'dictionary') return 10 * sizes[0]! * sizes[1]! * sizes[2]!;
  return null;
}
