import { readFileSync } from 'node:fs';
import { politeWait } from '../../packages/engine/src/device/polite-wait.ts';
import { WaitForecast } from '../../packages/engine/src/device/wait-forecast.ts';
import { transposeMatrix } from '../../packages/trainer/src/dictionary/dictionary.ts';
import { faster, type DictionaryForm } from './forms.ts';
import { inputsOf } from './inputs.ts';
import type { Library, Prepared } from './library.ts';
import { defineNavigator, importPeer } from './navigator.ts';
import type { Problem } from './problem.ts';
import {
  ADAM,
  corrections,
  LAYERNORM_EPSILON,
  LEARNING_RATE,
  MOST_ACTIVE,
  PENALTY,
  SPARSE_LEARNING_RATE,
} from './training.ts';
import { parametersOf, tokensOf } from './transformer.ts';

/** What of jax-js is used. A function consumes its arguments; `.ref` keeps one for later. */
interface Arr {
  readonly ref: Arr;
  readonly shape: readonly number[];
  add(other: Arr | number): Arr;
  sub(other: Arr): Arr;
  mul(other: Arr | number): Arr;
  div(other: Arr): Arr;
  sum(axis?: number, options?: { keepdims: boolean }): Arr;
  mean(): Arr;
  reshape(shape: readonly number[]): Arr;
  transpose(): Arr;
  data(): Promise<Float32Array>;
  dispose(): void;
}
type Tree = Record<string, Arr>;
/** Loss, parameters, first and second moments. */
type Step = [Arr, Tree, Tree, Tree];
type Trees = Arr | Tree | null | readonly Trees[];
interface Jax {
  init(device: 'webgpu'): Promise<unknown>;
  defaultDevice(device: 'webgpu'): unknown;
  blockUntilReady(arrays: Trees): Promise<unknown>;
  jit<Arguments extends readonly unknown[], Result>(
    f: (...values: Arguments) => Result,
  ): (...values: Arguments) => Result;
  valueAndGrad<Rest extends readonly unknown[]>(
    f: (parameters: Tree, ...rest: Rest) => Arr,
  ): (parameters: Tree, ...rest: Rest) => [Arr, Tree];
  readonly tree: { ref(tree: Tree): Tree; dispose(arrays: Trees): void };
  readonly numpy: {
    readonly float32: unknown;
    readonly int32: unknown;
    array(values: number | Float32Array | Int32Array, options?: { shape: number[]; dtype: unknown }): Arr;
    zeros(shape: readonly number[]): Arr;
    matmul(a: Arr, b: Arr): Arr;
    abs(x: Arr): Arr;
    square(x: Arr): Arr;
    sqrt(x: Arr): Arr;
    split(x: Arr, parts: number, axis: number): Arr[];
    take(x: Arr, indices: Arr, axis: number): Arr;
    tile(x: Arr, repeats: readonly number[]): Arr;
    transpose(x: Arr, order: readonly number[]): Arr;
  };
  readonly lax: {
    stopGradient(x: Arr): Arr;
    topK(x: Arr, k: number): [Arr, Arr];
  };
  readonly nn: {
    relu(x: Arr): Arr;
    softmax(x: Arr): Arr;
    standardize(x: Arr, axis: number, options: { epsilon: number }): Arr;
    logsumexp(x: Arr, axis: number): Arr;
    oneHot(indices: Arr, classes: number): Arr;
    dotProductAttention(q: Arr, k: Arr, v: Arr, options: { isCausal: boolean }): Arr;
  };
}

await defineNavigator();
const jax = await importPeer<Jax>('@jax-js/jax');
const { lax, nn, numpy: np, tree } = jax;
await jax.init('webgpu');
jax.defaultDevice('webgpu');

const upload = (values: Float32Array | Int32Array, shape: readonly number[]): Arr =>
  np.array(values, { shape: [...shape], dtype: values instanceof Int32Array ? np.int32 : np.float32 });
const runs = new WaitForecast();
const ready = (results: Trees): Promise<unknown> => politeWait(jax.blockUntilReady(results), 0.25, runs);
const whole = (array: Arr): Promise<ArrayLike<number>> => politeWait(array.ref.data(), 0.25);

/** What does not change from run to run, jitted; each result replaces the one before. */
async function repeat(call: () => Arr): Promise<Prepared> {
  let result: Arr | null = null;
  const free = (): void => result?.dispose();
  return {
    run: async () => {
      free();
      await ready((result = call()));
    },
    read: () => whole(result!),
    free,
  };
}

/**
 * A training step of parameters, moments and whatever else: `step` consumes the first three trees and the two bias
 * corrections, and returns the loss and the new trees.
 */
async function train(
  initial: Tree,
  step: (parameters: Tree, first: Tree, second: Tree, correction1: Arr, correction2: Arr) => Step,
  moment: (name: string, values: ArrayLike<number>) => ArrayLike<number>,
): Promise<Prepared> {
  const zeros = (): Tree =>
    Object.fromEntries(Object.entries(initial).map(([name, { shape }]) => [name, np.zeros(shape)]));
  let [parameters, first, second] = [initial, zeros(), zeros()];
  let loss: Arr | null = null;
  let steps = 0;
  return {
    run: async () => {
      const [correction1, correction2] = corrections(++steps);
      loss?.dispose();
      [loss, parameters, first, second] = step(
        parameters,
        first,
        second,
        np.array(correction1),
        np.array(correction2),
      );
      await ready([loss, parameters, first, second]);
    },
    read: async (name) => {
      if (name === 'loss') return whole(loss!.ref.reshape([1]));
      const [which, parameter] = name.split(' ') as [string, string];
      return moment(parameter, await whole((which === 'moment' ? first : parameters)[parameter]!));
    },
    free: () => tree.dispose([parameters, first, second, loss]),
  };
}

function adamStep(
  [p, g, m, v]: readonly [Arr, Arr, Arr, Arr],
  rate: number,
  correction1: Arr,
  correction2: Arr,
): [Arr, Arr, Arr] {
  const first = m.mul(ADAM.beta1).add(g.ref.mul(1 - ADAM.beta1));
  const second = v.mul(ADAM.beta2).add(np.square(g).mul(1 - ADAM.beta2));
  const direction = first.ref.mul(correction1).div(np.sqrt(second.ref.mul(correction2)).add(ADAM.epsilon));
  return [p.sub(direction.mul(rate)), first, second];
}

/** Adam on every array of a tree. */
function adamSteps(
  rate: number,
  parameters: Tree,
  gradients: Tree,
  first: Tree,
  second: Tree,
  correction1: Arr,
  correction2: Arr,
): [Tree, Tree, Tree] {
  const next: [Tree, Tree, Tree] = [{}, {}, {}];
  for (const name of Object.keys(parameters)) {
    const arrays = [parameters[name]!, gradients[name]!, first[name]!, second[name]!] as const;
    const results = adamStep(arrays, rate, correction1.ref, correction2.ref);
    results.forEach((result, i) => (next[i]![name] = result));
  }
  tree.dispose([correction1, correction2]);
  return next;
}

function dictionary(problem: Problem, form: DictionaryForm): Promise<Prepared> {
  const [rows, width, features] = problem.sizes as [number, number, number];
  const inputs = inputsOf(problem);
  const x = upload(inputs['x']!, [rows, width]);
  // Products want the encoder's columns, gathers its rows.
  const transposes = form === 'dense';
  const encoder = transposes ? transposeMatrix(inputs['encoder']!, features, width) : inputs['encoder']!;
  const initial: Tree = {
    encoder: upload(encoder, transposes ? [width, features] : [features, width]),
    encoderBias: upload(inputs['encoderBias']!, [features]),
    decoder: upload(inputs['decoder']!, [features, width]),
    decoderBias: upload(inputs['decoderBias']!, [width]),
  };
  const denseLoss = (p: Tree, batch: Arr): Arr => {
    const centred = batch.ref.sub(p['decoderBias']!.ref);
    const f = nn.relu(np.matmul(centred, p['encoder']!).add(p['encoderBias']!));
    const error = np.matmul(f.ref, p['decoder']!).add(p['decoderBias']!).sub(batch);
    return lossOf(error, f);
  };
  const lossOf = (error: Arr, f: Arr): Arr =>
    np
      .square(error)
      .sum()
      .add(f.sum().mul(PENALTY))
      .mul(1 / rows);
  const gatheredLoss = (p: Tree, batch: Arr): Arr => {
    const [encoderRows, bias] = [p['encoder']!, p['encoderBias']!];
    const centred = batch.ref.sub(p['decoderBias']!.ref);
    const all = np
      .matmul(lax.stopGradient(centred.ref), lax.stopGradient(encoderRows.ref).transpose())
      .add(lax.stopGradient(bias.ref));
    const [values, found] = lax.topK(all, MOST_ACTIVE);
    values.dispose();
    // No view of the indices: jit refuses to scatter by one.
    const active = np.abs(found);
    const pre = np
      .take(encoderRows, active.ref, 0)
      .mul(centred.reshape([rows, 1, width]))
      .sum(-1);
    const f = nn.relu(pre.add(np.take(bias, active.ref, 0)));
    const decoded = np
      .take(p['decoder']!, active, 0)
      .mul(f.ref.reshape([rows, MOST_ACTIVE, 1]))
      .sum(1);
    return lossOf(decoded.add(p['decoderBias']!).sub(batch), f);
  };
  const loss = form === 'dense' ? denseLoss : gatheredLoss;
  const rate = problem.kind === 'dictionary' ? LEARNING_RATE : SPARSE_LEARNING_RATE;
  const dot = (a: Arr, b: Arr): Arr => a.mul(b).sum(-1, { keepdims: true });
  const step = jax.jit((parameters: Tree, first: Tree, second: Tree, c1: Arr, c2: Arr, batch: Arr) => {
    const [value, gradients] = jax.valueAndGrad(loss)(tree.ref(parameters), batch);
    const w = parameters['decoder']!;
    const g = gradients['decoder']!;
    // Unit rows: the component along each row is removed before the step, and rows are renormalised after it.
    const along = dot(g.ref, w.ref).div(dot(w.ref, w.ref));
    gradients['decoder'] = g.sub(along.mul(w.ref));
    const [p, m, v] = adamSteps(rate, parameters, gradients, first, second, c1, c2);
    const moved = p['decoder']!;
    p['decoder'] = moved.ref.div(np.sqrt(dot(moved.ref, moved)));
    return [value, p, m, v] as Step;
  });
  return train(
    initial,
    (p, m, v, c1, c2) => step(p, m, v, c1, c2, x.ref),
    (name, values) =>
      transposes && name === 'encoder' ? transposeMatrix(Float32Array.from(values), width, features) : values,
  );
}

type Attention = 'fused' | 'plain';

function transformerStep(problem: Problem, form: Attention): Promise<Prepared> {
  const [batch, context, width, heads, , vocabulary] = problem.sizes as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const rows = batch * context;
  const headWidth = width / heads;
  const { inputs, targets } = tokensOf(problem);
  const tokens = upload(Int32Array.from(inputs), [rows]);
  const answers = upload(Int32Array.from(targets), [rows]);
  const mask = upload(
    Float32Array.from({ length: context * context }, (_, i) =>
      i % context > Math.floor(i / context) ? -1e9 : 0,
    ),
    [context, context],
  );
  const initial: Tree = {};
  for (const { name, shape, values } of parametersOf(problem)) initial[name] = upload(values, shape);

  const layernorm = (x: Arr, p: Tree, name: string): Arr =>
    nn.standardize(x, -1, { epsilon: LAYERNORM_EPSILON }).mul(p[`${name}.weight`]!).add(p[`${name}.bias`]!);
  const linear = (x: Arr, p: Tree, name: string): Arr =>
    np.matmul(x, p[`transformer.h.0.${name}.weight`]!).add(p[`transformer.h.0.${name}.bias`]!);
  const attention = (qkv: Arr, causal: Arr): Arr => {
    const parts = np.split(qkv, 3, 1).map((part) => part.reshape([batch, context, heads, headWidth]));
    const [q, k, v] = parts as [Arr, Arr, Arr];
    if (form === 'fused') {
      causal.dispose();
      return nn.dotProductAttention(q, k, v, { isCausal: true }).reshape([rows, width]);
    }
    const byHead = (part: Arr, order: number[]): Arr => np.transpose(part, order);
    const scores = np.matmul(byHead(q, [0, 2, 1, 3]), byHead(k, [0, 2, 3, 1])).mul(1 / Math.sqrt(headWidth));
    const attended = np.matmul(nn.softmax(scores.add(causal)), byHead(v, [0, 2, 1, 3]));
    return byHead(attended, [0, 2, 1, 3]).reshape([rows, width]);
  };
  const loss = (p: Tree, ids: Arr, next: Arr, causal: Arr): Arr => {
    const positions = np.tile(p['transformer.wpe.weight']!, [batch, 1]);
    let x = np.take(p['transformer.wte.weight']!, ids, 0).add(positions);
    const qkv = linear(layernorm(x.ref, p, 'transformer.h.0.ln_1'), p, 'attn.c_attn');
    x = x.add(linear(attention(qkv, causal), p, 'attn.c_proj'));
    const hidden = nn.relu(linear(layernorm(x.ref, p, 'transformer.h.0.ln_2'), p, 'mlp.c_fc'));
    x = x.add(linear(hidden, p, 'mlp.c_proj'));
    const unembedding = p['lm_head.weight']!.transpose();
    const logits = np.matmul(layernorm(x, p, 'transformer.ln_f'), unembedding);
    // takeAlongAxis has no gradient under jit in this version; a one-hot product is what is left.
    const chosen = logits.ref.mul(nn.oneHot(next, vocabulary)).sum(-1);
    return nn.logsumexp(logits, -1).sub(chosen).mean();
  };
  const step = jax.jit(
    (...[p, m, v, c1, c2, ids, next, causal]: [Tree, Tree, Tree, Arr, Arr, Arr, Arr, Arr]) => {
      const [value, gradients] = jax.valueAndGrad(loss)(tree.ref(p), ids, next, causal);
      return [value, ...adamSteps(LEARNING_RATE, p, gradients, m, v, c1, c2)] as Step;
    },
  );
  return train(
    initial,
    (p, m, v, c1, c2) => step(p, m, v, c1, c2, tokens.ref, answers.ref, mask.ref),
    (_, values) => values,
  );
}

async function prepare(problem: Problem): Promise<Prepared> {
  const [a, b, c] = problem.sizes as [number, number, number];
  if (problem.kind === 'dictionary') return dictionary(problem, 'dense');
  if (problem.kind === 'sparse-dictionary')
    return faster(['dense', 'gathered'] as const, (form) => dictionary(problem, form));
  if (problem.kind === 'transformer')
    return faster(['fused', 'plain'] as const, (attention) => transformerStep(problem, attention));
  const inputs = inputsOf(problem);
  switch (problem.kind) {
    case 'gemm': {
      const [left, right] = [upload(inputs['left']!, [a, b]), upload(inputs['right']!, [b, c])];
      const call = jax.jit((l: Arr, r: Arr) => np.matmul(l, r));
      return repeat(() => call(left.ref, right.ref));
    }
    case 'softmax': {
      const x = upload(inputs['x']!, [a, b]);
      const call = jax.jit((rows: Arr) => nn.softmax(rows));
      return repeat(() => call(x.ref));
    }
    case 'layernorm': {
      const x = upload(inputs['x']!, [a, b]);
      const [gain, bias] = [upload(inputs['gain']!, [b]), upload(inputs['bias']!, [b])];
      const call = jax.jit((rows: Arr, g: Arr, shift: Arr) =>
        nn.standardize(rows, -1, { epsilon: LAYERNORM_EPSILON }).mul(g).add(shift),
      );
      return repeat(() => call(x.ref, gain.ref, bias.ref));
    }
    case 'add': {
      const [left, right] = [upload(inputs['a']!, [a]), upload(inputs['b']!, [a])];
      const call = jax.jit((l: Arr, r: Arr) => l.add(r));
      return repeat(() => call(left.ref, right.ref));
    }
    case 'adam': {
      const gradient = upload(inputs['gradient']!, [a]);
      const step = jax.jit(
        (p: Tree, m: Tree, v: Tree, c1: Arr, c2: Arr, g: Arr) =>
          [
            np.zeros([1]), // there is no loss
            ...adamSteps(LEARNING_RATE, p, { parameter: g }, m, v, c1, c2),
          ] as Step,
      );
      return train(
        { parameter: upload(inputs['parameter']!, [a]) },
        (p, m, v, c1, c2) => step(p, m, v, c1, c2, gradient.ref),
        (_, values) => values,
      );
    }
  }
}

const manifest = new URL('./node_modules/@jax-js/jax/package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
export const library: Library = { name: 'jax-js', version, prepare };
