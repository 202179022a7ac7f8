import {
  activeMask,
  add,
  copy,
  maskedColumnSum,
  matmul,
  prefixResidual,
  residual,
  rows,
  sampledProduct,
  sparseMatmul,
  type Value,
} from '@monosema/engine';
import { encoderInput } from '../encode.ts';
import type { LossTerm, RecordedStep, Step } from './architecture.ts';
import { recordAuxiliary, type AuxiliaryOptions } from './auxiliary.ts';
import { decoderBiasGradient, meanOf, stack, strideOf } from './record.ts';

export interface TopKOptions {
  /** Active features, of each vector or on average. */
  readonly k: number;
  /** Null for no AuxK. */
  readonly auxiliary: AuxiliaryOptions | null;
}

/**
 * What TopK, BatchTopK and Matryoshka share: the code that `select` makes of the pre-activations (B,F), its
 * reconstruction by all features or by more and more of them, and AuxK. These are sparse from the first step and know no
 * dense path.
 *
 * @param select writes the code of pre into a value of its shape
 * @param prefixes how many features each nested reconstruction has; just F where there is one
 */
export function recordTopK(
  step: Step,
  { auxiliary }: TopKOptions,
  select: (pre: Value, into: Value) => void,
  prefixes: readonly number[],
): RecordedStep {
  const { p, x, values } = step;
  const [batch, width] = x.shape as [number, number];
  const features = values.encoder.shape[0]!;
  const input = encoderInput(p, x, values, true);
  const pre = matmul(p, input, values.encoder, {
    label: 'pre',
    transposeRight: true,
    bias: values.vectors.encoderBias!,
  });
  const stride = strideOf(batch);
  const groups = { first: stride, groups: prefixes };
  const codes = auxiliary === null ? null : stack(step, 'codes', features, true);
  const gradients = auxiliary === null ? null : stack(step, 'dcodes', features, false);
  const f = codes?.parts[0] ?? p.temporary('f', [batch, features]);
  select(pre, f);
  const mask = activeMask(p, f);

  // Rows of d: those of each prefix, and those of AuxK after them.
  const blocks = prefixes.length + (auxiliary === null ? 0 : 1);
  const d = p.temporary('dx̂', [blocks * stride, width]);
  const of = (value: Value, group: number): Value => rows(value, { from: group * stride, count: batch });
  const nested = prefixes.length > 1;
  const nestedReconstructions = sparseMatmul(p, f, mask, values.decoder, values.decoderBias, 'x̂', groups);
  const reconstruction = of(nestedReconstructions, prefixes.length - 1);
  const terms: Record<string, LossTerm> = {};
  if (nested) {
    const scale = 2 / (batch * prefixes.length);
    const all = rows(d, { from: 0, count: prefixes.length * stride });
    const { prefixLoss, rowLoss } = prefixResidual(p, nestedReconstructions, x, groups, scale, all);
    terms['reconstruction'] = meanOf(step, rowLoss);
    terms['prefixes'] = meanOf(step, prefixLoss);
  } else {
    const { rowLoss } = residual(p, reconstruction, x, 2 / batch, of(d, 0));
    terms['reconstruction'] = meanOf(step, rowLoss);
  }
  const into = gradients === null ? {} : { into: gradients.parts[0] };
  const { h } = sampledProduct(p, d, values.decoder, f, mask, { ...into, parts: groups });
  const sums = maskedColumnSum(p, f, h, mask);
  const recorded = {
    terms,
    f,
    reconstruction,
    count: sums.count,
  };
  const parts = { first: stride, second: prefixes.length * stride, groups: prefixes };
  if (auxiliary === null) {
    return {
      ...recorded,
      encoder: { kind: 'sparse', f: h, mask, y: input },
      decoder: { kind: 'sparse', f, mask, y: d, parts },
      along: () => copy(p, sums.sumFH),
      decoderBias: decoderBiasGradient(step, of(d, 0), sums.sumH),
      vectors: { encoderBias: sums.sumH },
    };
  }
  const second = recordAuxiliary(step, auxiliary, reconstruction, pre, {
    code: codes!.parts[1],
    h: gradients!.parts[1],
    d: of(d, prefixes.length),
  });
  terms['auxiliary'] = second.term;
  const sum = (a: Value, b: Value): Value => add.forward(p, { a, b }, {}).output;
  const sumH = sum(sums.sumH, second.sums.sumH);
  const both = activeMask(p, codes!.whole, 'not zero');
  const inputParts = { first: stride, second: 0, groups: [features] };
  return {
    ...recorded,
    encoder: { kind: 'sparse', f: gradients!.whole, mask: both, y: input, parts: inputParts },
    decoder: { kind: 'sparse', f: codes!.whole, mask: both, y: d, parts },
    along: () => sum(sums.sumFH, second.sums.sumFH),
    decoderBias: decoderBiasGradient(step, of(d, 0), sumH),
    vectors: { encoderBias: sumH },
  };
}
