import { seededRandom } from '@monosema/engine/testing';
import { both, entries, type Check } from './check.ts';
import { checkDictionary } from './dictionary-check.ts';
import { inputsOf } from './inputs.ts';
import type { Problem } from './problem.ts';
import { ADAM, LAYERNORM_EPSILON, LEARNING_RATE } from './training.ts';
import { checkTransformer } from './transformer-check.ts';

const ENTRIES = 400;

export function checkOf(problem: Problem): Check {
  const { below } = seededRandom(7);
  const draw = (count: number): number[] => Array.from({ length: ENTRIES }, () => below(count));
  const [a, b, c] = problem.sizes as [number, number, number];
  if (problem.kind === 'dictionary' || problem.kind === 'sparse-dictionary') return checkDictionary(problem);
  if (problem.kind === 'transformer') return checkTransformer(problem);
  const inputs = inputsOf(problem);
  switch (problem.kind) {
    case 'gemm': {
      const { left, right } = inputs as Record<'left' | 'right', Float32Array>;
      return entries('y', draw(a * c), (index) => {
        const [row, column] = [Math.floor(index / c), index % c];
        let [value, terms] = [0, 0];
        for (let k = 0; k < b; k++) {
          const term = left[row * b + k]! * right[k * c + column]!;
          value += term;
          terms += Math.abs(term);
        }
        return [value, 1e-5 * terms];
      });
    }
    case 'softmax':
      return entries('y', draw(a * b), (index) => {
        const row = rowOf(inputs['x']!, index, b);
        const top = Math.max(...row);
        const total = row.reduce((sum, value) => sum + Math.exp(value - top), 0);
        const value = Math.exp(row[index % b]! - top) / total;
        // WGSL allows an exponential 3 + 2|x| units in the last place, and x reaches about 30.
        return [value, 2e-5 * value + 1e-37];
      });
    case 'layernorm': {
      const { x, gain, bias } = inputs as Record<'x' | 'gain' | 'bias', Float32Array>;
      return entries('y', draw(a * b), (index) => {
        const row = rowOf(x, index, b);
        const mean = row.reduce((sum, value) => sum + value, 0) / b;
        const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / b;
        const normal = (x[index]! - mean) / Math.sqrt(variance + LAYERNORM_EPSILON);
        return [normal * gain[index % b]! + bias[index % b]!, 1e-4];
      });
    }
    case 'add':
      return entries('y', draw(a), (index) => {
        const value = inputs['a']![index]! + inputs['b']![index]!;
        return [value, 1e-6 * Math.abs(value)];
      });
    case 'adam': {
      const indices = draw(a);
      const moment = entries('moment parameter', indices, (index) => {
        const value = (1 - ADAM.beta1) * inputs['gradient']![index]!;
        return [value, 1e-5 * Math.abs(value)];
      });
      // Of the first step: both corrected moments are the gradient, the second one squared.
      const parameter = entries('parameter parameter', indices, (index) => {
        const g = inputs['gradient']![index]!;
        return [inputs['parameter']![index]! - (LEARNING_RATE * g) / (Math.abs(g) + ADAM.epsilon), 1e-5];
      });
      return both(moment, parameter);
    }
  }
}

function rowOf(x: Float32Array, index: number, width: number): Float64Array {
  const start = Math.floor(index / width) * width;
  return Float64Array.from(x.subarray(start, start + width));
}
