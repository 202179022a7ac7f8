import { checkKernel, defineProof, sample, seededRandom } from '../../testing/index.ts';
import { matmul } from './matmul.ts';
import { dense, matmulReference, matmulRoundings } from './matmul.reference.ts';
import { transposed } from './problem.ts';

export const proofs = [false, true].flatMap((transposeLeft) =>
  [false, true].map((transposeRight) =>
    defineProof({
      claim: `left${transposeLeft ? 'ᵀ' : ''} · right${transposeRight ? 'ᵀ' : ''} of M %i, N %i, K %i agrees with float64`,
      // Vectors of four, subgroups of four and eight, tiles of 16 and 32 rows and columns on a CPU, of 64 on a GPU.
      tiles: [4, 8, 16, 32, 64],
      sizes: [
        [1, 1, 1],
        [5, 3, 4],
        [7, 9, 8],
        [15, 16, 17],
        [16, 15, 16],
        [17, 33, 4],
        [31, 32, 5],
        [32, 31, 8],
        [33, 4, 3],
        [63, 65, 15],
        [64, 64, 64],
        [65, 63, 17],
        [130, 12, 33],
      ],
      folded: null, // large products go in parts; packing has a test of its own
      largest: [150, 150, 300],
      byClass: true,
      spread: false,
      async check(gpu, m: number, n: number, k: number) {
        const random = seededRandom(m);
        const left = sample(transposeLeft ? [k, m] : [m, k], () => random.uniform(-1, 1));
        const right = sample(transposeRight ? [n, k] : [k, n], random.normal);
        const bias = sample([n], random.normal);
        // Every other product has an epilogue.
        const relu = m % 2 === 0;
        const reference = matmulReference({
          m,
          n,
          k,
          left: transposeLeft ? transposed(dense(left.values, m)) : dense(left.values, k),
          right: transposeRight ? transposed(dense(right.values, k)) : dense(right.values, n),
          ...(relu ? { bias: bias.values, relu, scale: -0.5 } : {}),
        });
        return checkKernel(gpu, {
          inputs: { left, right, bias },
          record(p, v) {
            const epilogue = relu ? { bias: v.bias, relu, scale: -0.5 } : {};
            return { product: matmul(p, v.left, v.right, { transposeLeft, transposeRight, ...epilogue }) };
          },
          want: { product: { reference, roundings: matmulRoundings(k) } },
        });
      },
    }),
  ),
);
