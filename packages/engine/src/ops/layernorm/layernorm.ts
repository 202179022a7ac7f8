import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { columnsIn, forRows, forWidth, type Kernel } from '../../program/kernel.ts';
import type { Op } from '../../program/op.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import { spreadElements, spreadRows } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import { BLOCK_ROWS, columnSum } from '../column-sum/column-sum.ts';

const FORWARD: Kernel = {
  label: 'layernorm/forward',
  source: new URL('./forward.wgsl', import.meta.url),
  reduces: true,
  putsColumns: true,
};
const BACKWARD_INPUT: Kernel = {
  label: 'layernorm/backward-input',
  source: new URL('./backward-input.wgsl', import.meta.url),
  reduces: true,
  putsColumns: true,
};
const BACKWARD_PARAMETERS: Kernel = {
  label: 'layernorm/backward-parameters',
  source: new URL('./backward-parameters.wgsl', import.meta.url),
};

interface RowSizes {
  readonly N: number;
  readonly D: number;
}

export const layernormCost = {
  /** An element: sum, subtract, square, sum, · rstd, · gain, + bias. A row: two means, + ε, root, reciprocal. */
  forward: ({ N, D }: RowSizes): Work => ({
    flops: N * (7 * D + 5),
    bytes: bytesOf(2 * N * D, 2 * D, 2 * N),
  }),
  /** An element: g, its sum, n (two), g·n, its sum, - mean, · mean, subtract, · rstd. A row: two means. */
  backwardInput: ({ N, D }: RowSizes): Work => ({
    flops: N * (10 * D + 2),
    bytes: bytesOf(3 * N * D, D, 2 * N),
  }),
  /** An element: - mean, · rstd, · dy, both sums, to the sums of K blocks of rows. */
  backwardParameters: ({ N, D, K }: RowSizes & { readonly K: number }): Work => ({
    flops: 5 * N * D,
    bytes: bytesOf(2 * N * D, 2 * N, 2 * K * D),
  }),
};

/** y (N,D) = (x - mean(x)) / sqrt(var(x) + ε) · gain + bias, row by row, with the biased variance. */
export const layernorm: Op<
  { x: Value; gain: Value; bias: Value },
  { statistics: Value },
  { readonly epsilon: number }
> = {
  name: 'layernorm',
  forward(p, { x, gain, bias }, { epsilon }) {
    const { N, D } = bindDimensions(
      'layernorm',
      { x: ['N', 'D'], gain: ['D'], bias: ['D'] },
      { x, gain, bias },
    );
    const output = p.temporary(`layernorm ${x.label}`, x.shape);
    const statistics = p.temporary(`statistics ${x.label}`, [N, 2]);
    for (const block of rowBlocks(p.gpu, [x, statistics], 1, layernormCost.forward({ N, D }))) {
      const spread = spreadRows(p.gpu, block.count, D);
      p.dispatch({
        kernel: forRows(p.gpu, FORWARD, D),
        constants: { ROWS: block.count, WIDTH: D, EPSILON: epsilon, ...spread.constants },
        bindings: [rows(x, block), gain, bias, rows(output, block), rows(statistics, block)],
        groups: spread.groups,
        cost: layernormCost.forward({ N: block.count, D }),
      });
    }
    return { output, saved: { statistics } };
  },
  backward(p, gradient, { inputs: { x, gain }, saved: { statistics } }) {
    const [N, D] = x.shape as [number, number];
    let sums: ParameterSums | null = null;
    const parameters = (): ParameterSums => (sums ??= parameterSums(p, gradient, x, statistics));
    return {
      x: () => {
        const dx = p.temporary(`d${x.label}`, x.shape);
        for (const block of rowBlocks(p.gpu, [x, statistics], 1, layernormCost.backwardInput({ N, D }))) {
          const spread = spreadRows(p.gpu, block.count, D);
          const part = (value: Value): Value => rows(value, block);
          p.dispatch({
            kernel: forRows(p.gpu, BACKWARD_INPUT, D),
            constants: { ROWS: block.count, WIDTH: D, ...spread.constants },
            bindings: [part(gradient), part(x), gain, part(statistics), part(dx)],
            groups: spread.groups,
            cost: layernormCost.backwardInput({ N: block.count, D }),
          });
        }
        return dx;
      },
      gain: () => columnSum(p, parameters().gain),
      bias: () => columnSum(p, parameters().bias),
    };
  },
};

/** (K,D) each: the gradients' sums over K blocks of rows. */
interface ParameterSums {
  readonly gain: Value;
  readonly bias: Value;
}

/** Both in one pass, since both read all of dy. */
function parameterSums(p: ProgramBuilder, dy: Value, x: Value, statistics: Value): ParameterSums {
  const [N, D] = x.shape as [number, number];
  const K = Math.ceil(N / BLOCK_ROWS);
  const sums = {
    gain: p.temporary(`blocks of the gain's gradient, ${x.label}`, [K, D]),
    bias: p.temporary(`blocks of the bias's gradient, ${x.label}`, [K, D]),
  };
  const columns = columnsIn(D);
  const spread = spreadElements(p.gpu, columns);
  const work = layernormCost.backwardParameters({ N, D, K });
  for (const block of rowBlocks(p.gpu, [x, statistics], BLOCK_ROWS, work)) {
    const own = Math.ceil(block.count / BLOCK_ROWS);
    p.dispatch({
      kernel: forWidth(BACKWARD_PARAMETERS, D),
      constants: {
        ROWS: block.count,
        COLUMNS: columns,
        BLOCK_ROWS,
        FIRST: block.from / BLOCK_ROWS,
        ...spread.constants,
      },
      bindings: [rows(dy, block), rows(x, block), rows(statistics, block), sums.gain, sums.bias],
      groups: spread.groups * own,
      cost: layernormCost.backwardParameters({ N: block.count, D, K: own }),
    });
  }
  return sums;
}
