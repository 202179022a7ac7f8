import { createRequire } from 'node:module';
import { politeWait } from '../../packages/engine/src/device/polite-wait.ts';
import { WaitForecast } from '../../packages/engine/src/device/wait-forecast.ts';
import { transposeMatrix } from '../../packages/trainer/src/dictionary/dictionary.ts';
import { faster, type DictionaryForm } from './forms.ts';
import { inputsOf } from './inputs.ts';
import type { Library, Prepared } from './library.ts';
import { defineNavigator } from './navigator.ts';
import type { Problem } from './problem.ts';
import {
  ADAM,
  LAYERNORM_EPSILON,
  LEARNING_RATE,
  MOST_ACTIVE,
  PENALTY,
  SPARSE_LEARNING_RATE,
} from './training.ts';

/** What of TensorFlow.js is used. */
interface Tensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}
interface Variable extends Tensor {
  readonly name: string;
  assign(value: Tensor): void;
}
interface Optimizer {
  applyGradients(gradients: Readonly<Record<string, Tensor>>): void;
  getWeights(): Promise<{ readonly tensor: Tensor }[]>;
  dispose(): void;
}
type Unary = (x: Tensor) => Tensor;
type Binary = (a: Tensor, b: Tensor | number) => Tensor;
interface Tf {
  readonly version: { readonly tfjs: string };
  setBackend(name: 'webgpu'): Promise<boolean>;
  ready(): Promise<void>;
  backend(): { readonly device: GPUDevice; endComputePassEncoder(): void; submitQueue(): void };
  tidy(f: () => Tensor): Tensor;
  dispose(tensors: readonly Tensor[]): void;
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  gather(x: Tensor, indices: Tensor): Tensor;
  reshape(x: Tensor, shape: readonly number[]): Tensor;
  topk(x: Tensor, k: number, sorted: boolean): { readonly indices: Tensor };
  variable(value: Tensor): Variable;
  variableGrads(
    f: () => Tensor,
    variables: readonly Variable[],
  ): { readonly value: Tensor; readonly grads: Record<string, Tensor> };
  readonly train: {
    adam(rate: number, beta1: number, beta2: number, epsilon: number): Optimizer;
  };
  moments(x: Tensor, axis: number, keepDims: boolean): { readonly mean: Tensor; readonly variance: Tensor };
  sum(x: Tensor, axis?: number, keepDims?: boolean): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly div: Binary;
  readonly relu: Unary;
  readonly rsqrt: Unary;
  readonly softmax: Unary;
  readonly sqrt: Unary;
  readonly square: Unary;
}

await defineNavigator();
hideFeatures(['bgra8unorm-storage', 'timestamp-query']);
const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs') as Tf;
require('@tensorflow/tfjs-backend-webgpu');
await tf.setBackend('webgpu');
await tf.ready();
const backend = tf.backend();

/** tfjs asks for every feature it knows, and for this one by a name that Dawn's Node binding refuses. */
function hideFeatures(hidden: readonly string[]): void {
  const { gpu } = navigator;
  const requestAdapter = gpu.requestAdapter.bind(gpu);
  gpu.requestAdapter = async (options) => {
    const adapter = await requestAdapter(options);
    if (adapter === null) return null;
    const features = {
      has: (name: string) => !hidden.includes(name) && adapter.features.has(name as GPUFeatureName),
    };
    return new Proxy(adapter, {
      get: (target, key) => {
        if (key === 'features') return features;
        const value = Reflect.get(target, key, target) as unknown;
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  };
}

const runs = new WaitForecast();

/** tfjs collects commands; this sends what is left and waits for the device. */
async function finish(): Promise<void> {
  backend.endComputePassEncoder();
  backend.submitQueue();
  await politeWait(backend.device.queue.onSubmittedWorkDone(), 0.25, runs);
}

const whole = (tensor: Tensor): Promise<Float32Array> => politeWait(tensor.data(), 0.25);

function repeat(call: () => Tensor): Prepared {
  let result: Tensor | null = null;
  const free = (): void => result?.dispose();
  return {
    run: async () => {
      free();
      result = tf.tidy(call);
      await finish();
    },
    read: () => whole(result!),
    free,
  };
}

const newOptimizer = (rate = LEARNING_RATE): Optimizer =>
  tf.train.adam(rate, ADAM.beta1, ADAM.beta2, ADAM.epsilon);

/** First moments of an optimiser, in the order of its variables. */
async function firstMoments(optimizer: Optimizer): Promise<Tensor[]> {
  const [, ...moments] = (await optimizer.getWeights()).map(({ tensor }) => tensor);
  return moments.slice(0, moments.length / 2);
}

function dictionary(problem: Problem, form: DictionaryForm): Prepared {
  const [rows, width, features] = problem.sizes as [number, number, number];
  const inputs = inputsOf(problem);
  const x = tf.tensor(inputs['x']!, [rows, width]);
  const variable = (values: Float32Array, shape: number[]) => tf.variable(tf.tensor(values, shape));
  // Products want the encoder's columns, gathers its rows.
  const transposes = form === 'dense';
  const encoder = transposes
    ? variable(transposeMatrix(inputs['encoder']!, features, width), [width, features])
    : variable(inputs['encoder']!, [features, width]);
  const encoderBias = variable(inputs['encoderBias']!, [features]);
  const decoder = variable(inputs['decoder']!, [features, width]);
  const decoderBias = variable(inputs['decoderBias']!, [width]);
  const variables = { encoder, encoderBias, decoder, decoderBias };
  const optimizer = newOptimizer(problem.kind === 'dictionary' ? LEARNING_RATE : SPARSE_LEARNING_RATE);
  let loss: Tensor | null = null;
  const lossOf = (decoded: Tensor, f: Tensor): Tensor => {
    const error = tf.sub(tf.add(decoded, decoderBias), x);
    const penalty = tf.mul(tf.sum(f), PENALTY);
    return tf.div(tf.add(tf.sum(tf.square(error)), penalty), rows);
  };
  const denseLoss = (): Tensor => {
    const centred = tf.sub(x, decoderBias);
    const f = tf.relu(tf.add(tf.matMul(centred, encoder), encoderBias));
    return lossOf(tf.matMul(f, decoder), f);
  };
  const gatheredLoss = (active: Tensor): Tensor => {
    const centred = tf.reshape(tf.sub(x, decoderBias), [rows, 1, width]);
    const pre = tf.matMul(centred, tf.gather(encoder, active), false, true);
    const bias = tf.reshape(tf.gather(encoderBias, active), [rows, 1, MOST_ACTIVE]);
    const f = tf.relu(tf.add(pre, bias));
    return lossOf(tf.reshape(tf.matMul(f, tf.gather(decoder, active)), [rows, width]), f);
  };
  const activeFeatures = (): Tensor => {
    const pre = tf.add(tf.matMul(tf.sub(x, decoderBias), encoder, false, true), encoderBias);
    return tf.topk(pre, MOST_ACTIVE, false).indices;
  };
  const step = (): Tensor => {
    const active = form === 'dense' ? null : activeFeatures();
    const { value, grads } = tf.variableGrads(
      () => (active === null ? denseLoss() : gatheredLoss(active)),
      Object.values(variables),
    );
    const dot = (a: Tensor, b: Tensor) => tf.sum(tf.mul(a, b), -1, true);
    // Unit rows: the component along each row is removed before the step, and rows are renormalised after it.
    const g = grads[decoder.name]!;
    const along = tf.div(dot(g, decoder), dot(decoder, decoder));
    grads[decoder.name] = tf.sub(g, tf.mul(along, decoder));
    optimizer.applyGradients(grads);
    decoder.assign(tf.div(decoder, tf.sqrt(dot(decoder, decoder))));
    return value;
  };
  return {
    run: async () => {
      loss?.dispose();
      loss = tf.tidy(step);
      await finish();
    },
    read: async (name) => {
      if (name === 'loss') return whole(loss!);
      const [which, parameter] = name.split(' ') as [string, keyof typeof variables];
      const index = Object.keys(variables).indexOf(parameter);
      const values = await whole(
        which === 'moment' ? (await firstMoments(optimizer))[index]! : variables[parameter],
      );
      return transposes && parameter === 'encoder' ? transposeMatrix(values, width, features) : values;
    },
    free: () => {
      optimizer.dispose();
      tf.dispose([x, ...Object.values(variables)]);
      loss?.dispose();
    },
  };
}

async function prepare(problem: Problem): Promise<Prepared | null> {
  const [a, b, c] = problem.sizes as [number, number, number];
  if (problem.kind === 'transformer') return null;
  if (problem.kind === 'dictionary') return dictionary(problem, 'dense');
  if (problem.kind === 'sparse-dictionary')
    return faster(['dense', 'gathered'] as const, (form) => Promise.resolve(dictionary(problem, form)));
  const inputs = inputsOf(problem);
  switch (problem.kind) {
    case 'gemm': {
      const left = tf.tensor(inputs['left']!, [a, b]);
      const right = tf.tensor(inputs['right']!, [b, c]);
      return repeat(() => tf.matMul(left, right));
    }
    case 'softmax': {
      const x = tf.tensor(inputs['x']!, [a, b]);
      return repeat(() => tf.softmax(x));
    }
    case 'layernorm': {
      const x = tf.tensor(inputs['x']!, [a, b]);
      const gain = tf.tensor(inputs['gain']!, [b]);
      const bias = tf.tensor(inputs['bias']!, [b]);
      return repeat(() => {
        const { mean, variance } = tf.moments(x, -1, true);
        const scale = tf.mul(tf.rsqrt(tf.add(variance, LAYERNORM_EPSILON)), gain);
        return tf.add(tf.mul(tf.sub(x, mean), scale), bias);
      });
    }
    case 'add': {
      const [left, right] = [tf.tensor(inputs['a']!, [a]), tf.tensor(inputs['b']!, [a])];
      return repeat(() => tf.add(left, right));
    }
    case 'adam': {
      const parameter = tf.variable(tf.tensor(inputs['parameter']!, [a]));
      const gradient = tf.tensor(inputs['gradient']!, [a]);
      const optimizer = newOptimizer();
      return {
        run: async () => {
          optimizer.applyGradients({ [parameter.name]: gradient });
          await finish();
        },
        read: async (name) =>
          whole(name.startsWith('moment') ? (await firstMoments(optimizer))[0]! : parameter),
        free: () => {
          optimizer.dispose();
          tf.dispose([parameter, gradient]);
        },
      };
    }
  }
}

export const library: Library = { name: 'tfjs', version: tf.version.tfjs, prepare };
