import {
  add,
  copy,
  maskedColumnSum,
  matmul,
  prefixResidual,
  residual,
  rows,
  sampledProduct,
  sparseMatmul,
  stackedColumns,
  type ActiveMask,
  type MaskedSums,
  type RowBlock,
  type Value,
} from '@monosema/engine';
import { encoderInput } from '../encode.ts';
import type { LossTerm, RecordedStep, Step } from './architecture.ts';
import { recordAuxiliary, type AuxiliaryOptions } from './auxiliary.ts';
import { decoderBiasGradient, meanOf, RowGradientSum, stack, strideOf } from './record.ts';

export interface TopKOptions {
  /** Active features, of each vector or on average. */
  readonly k: number;
  /** Null for no AuxK. */
  readonly auxiliary: AuxiliaryOptions | null;
}

/** Marks what is active of a block, given its pre-activations (b,F). Blocks come in order. */
export type Select = (pre: Value) => ActiveMask;

/**
 * What TopK, BatchTopK and Matryoshka share: the code, which is the pre-activations (B,F) where they are marked, its
 * reconstruction by all features or by more and more of them, and AuxK. These are sparse from the first step and know no
 * dense path.
 *
 * @param selection makes Select, given what computes a block's pre-activations: where a code depends on more than its
 *   block, they are computed once to choose, and again to be coded
 * @param prefixes how many features each nested reconstruction has; just F where there is one
 */
export function recordTopK(
  step: Step,
  { auxiliary }: TopKOptions,
  selection: (preOf: (block: RowBlock) => Value) => Select,
  prefixes: readonly number[],
): RecordedStep {
  const { p, x, values, blocks } = step;
  const [batch, width] = x.shape as [number, number];
  const features = values.encoder.shape[0]!;
  const inputs = encoderInput(p, x, values, true);
  const preOf = (block: RowBlock): Value =>
    matmul(p, rows(inputs, block), values.encoder, {
      label: 'pre',
      transposeRight: true,
      bias: values.vectors.encoderBias!,
    });
  const select = selection(preOf);
  const nested = prefixes.length > 1;
  const errors = (label: string): Value => p.temporary(`${label} errors`, [batch]);
  const [rowLoss, prefixLoss, auxiliaryLoss] = [errors('whole'), errors('prefix'), errors('auxiliary')];
  const encoder = new RowGradientSum(step, 'dencoder');
  const decoder = new RowGradientSum(step, 'ddecoder');
  let direct = p.temporary('dx̂ of all', x.shape);
  let sums: MaskedSums | null = null;
  let auxiliarySums: MaskedSums | null = null;
  let last: RecordedStep['last'] | null = null;

  for (const block of blocks) {
    const { count } = block;
    const f = preOf(block);
    const stride = strideOf(count);
    const groups = { first: stride, groups: prefixes };
    // AuxK's code is the pre-activations too, where its own mask marks them; its gradients come after the others'.
    const gradients = auxiliary === null ? null : stack(step, 'dcodes', [count, features]);
    const mask = select(f);

    // Rows of d: those of each prefix, and those of AuxK after them.
    const d = p.temporary('dx̂', [(prefixes.length + (auxiliary === null ? 0 : 1)) * stride, width]);
    const of = (value: Value, group: number): Value => rows(value, { from: group * stride, count });
    const nestedReconstructions = sparseMatmul(p, f, mask, values.decoder, values.decoderBias, 'x̂', groups);
    const reconstruction = of(nestedReconstructions, prefixes.length - 1);
    const target = rows(x, block);
    if (nested) {
      const scale = 2 / (batch * prefixes.length);
      prefixResidual(p, nestedReconstructions, target, groups, scale, {
        d: rows(d, { from: 0, count: prefixes.length * stride }),
        prefixLoss: rows(prefixLoss, block),
        rowLoss: rows(rowLoss, block),
      });
    } else {
      residual(p, reconstruction, target, 2 / batch, { d: of(d, 0), rowLoss: rows(rowLoss, block) });
    }
    if (blocks.length === 1) direct = of(d, 0);
    else copy(p, of(d, 0), rows(direct, block));
    const into = gradients === null ? {} : { into: gradients.parts[0] };
    const { h } = sampledProduct(p, d, values.decoder, f, mask, { ...into, parts: groups });
    sums = maskedColumnSum(p, f, h, mask, sums);
    const input = rows(inputs, block);
    const parts = { first: stride, second: prefixes.length * stride, groups: prefixes };
    if (auxiliary === null) {
      encoder.add(h, mask, input);
      decoder.add(f, mask, d, parts);
    } else {
      const dead = recordAuxiliary(
        step,
        auxiliary,
        { x: target, reconstruction, pre: f },
        { h: gradients!.parts[1], d: of(d, prefixes.length), rowLoss: rows(auxiliaryLoss, block) },
        auxiliarySums,
      );
      auxiliarySums = dead.sums;
      const both = stackedColumns(p, [mask, dead.mask], features, stride);
      encoder.add(gradients!.whole, both, input, { first: stride, second: 0, groups: [features] });
      decoder.add(f, both, d, { ...parts, again: true });
    }
    last = { f, mask, reconstruction };
  }

  const terms: Record<string, LossTerm> = { reconstruction: meanOf(step, rowLoss) };
  if (nested) terms['prefixes'] = meanOf(step, prefixLoss);
  if (auxiliary !== null) terms['auxiliary'] = meanOf(step, auxiliaryLoss);
  const { sumH, sumFH, count } = sums!;
  const sum = (a: Value, b: Value | undefined): Value =>
    b === undefined ? a : add.forward(p, { a, b }, {}).output;
  const allH = sum(sumH, auxiliarySums?.sumH);
  return {
    terms,
    last: last!,
    count,
    encoder: encoder.total,
    decoder: decoder.total,
    along: () => (auxiliarySums === null ? copy(p, sumFH) : sum(sumFH, auxiliarySums.sumFH)),
    decoderBias: decoderBiasGradient(step, direct, allH),
    vectors: { encoderBias: allH },
  };
}
