import type { Kernel } from '../program/kernel.ts';

/** How a kernel that only multiplies and adds is written; which form is fastest depends on the adapter's compiler. */
export interface FmaForm {
  /** Sums a thread keeps, none of which waits for another. */
  readonly chains: number;
  /** Times the loop's body repeats: loops cost CPU adapters more than the arithmetic in them. */
  readonly unroll: number;
  readonly type: 'f32' | 'vec4f';
}

export const FMA_FORMS: readonly FmaForm[] = [
  { chains: 8, unroll: 4, type: 'f32' },
  { chains: 8, unroll: 16, type: 'f32' },
  { chains: 8, unroll: 32, type: 'f32' },
  { chains: 16, unroll: 4, type: 'f32' },
  { chains: 2, unroll: 16, type: 'vec4f' },
  { chains: 4, unroll: 4, type: 'vec4f' },
  { chains: 8, unroll: 4, type: 'vec4f' },
];

/** Threads of a workgroup. */
export const FMA_WORKGROUP = 64;

/** Floating-point operations of one thread in one round of the loop. */
export function operationsPerRound({ chains, unroll, type }: FmaForm): number {
  return 2 * chains * unroll * (type === 'f32' ? 1 : 4);
}

/**
 * Every chain repeats c = c·a + b, with a and b read from memory so that no compiler can know the end; sums (1) says
 * how many rounds. With a = 1/2 and b = 1, all end at exactly 2, which proves that they ran.
 */
export function fmaKernel(form: FmaForm): Kernel {
  const { chains, unroll, type } = form;
  const each = (write: (chain: number) => string, separator: string): string =>
    Array.from({ length: chains }, (_, chain) => write(chain)).join(separator);
  const round = each((c) => `c${c} = fma(c${c}, a, b);`, ' ');
  return {
    label: `peak/fma ${describeForm(form)}`,
    source: `struct Sizes { rounds: u32 }
@group(0) @binding(0) var<storage, read> factors: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;
@compute @workgroup_size(${FMA_WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let a = ${type}(factors[0]);
  let b = ${type}(factors[1]);
${each((c) => `  var c${c} = ${type}(f32(id.x + ${c}u));`, '\n')}
  for (var k = 0u; k < sizes.rounds; k++) {
${Array.from({ length: unroll }, () => `    ${round}`).join('\n')}
  }
  let sum = ${each((c) => `c${c}`, ' + ')};
  sums[id.x] = ${type === 'f32' ? 'sum' : 'sum.x + sum.y + sum.z + sum.w'};
}
`,
  };
}

export function describeForm({ chains, unroll, type }: FmaForm): string {
  return `${chains} ${type} chains unrolled ${unroll} times`;
}
