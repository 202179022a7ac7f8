import { paper } from '../../packages/trainer/src/dictionary/architectures/paper.ts';
import {
  adam,
  adamScalars,
  add,
  createMoments,
  createTensor,
  layernorm,
  matmul,
  openDevice,
  openTuning,
  ProgramBuilder,
  readTensor,
  softmax,
  type Moments,
  type Tensor,
  type TuneMode,
  type Value,
} from '@monosema/engine';
import { readFileSync } from 'node:fs';
import { parameterTensors, uploadDictionary } from '../../packages/trainer/src/dictionary/dictionary.ts';
import {
  buildStepProgram,
  createDictionaryMoments,
} from '../../packages/trainer/src/dictionary/step-program.ts';
import {
  buildTrainingProgram,
  setBatch,
  uploadParameters,
} from '../../packages/trainer/src/model/training-program.ts';
import { inputsOf } from './inputs.ts';
import type { Library, Prepared } from './library.ts';
import type { Problem } from './problem.ts';
import { ADAM, LAYERNORM_EPSILON, LEARNING_RATE, PENALTY, SPARSE_LEARNING_RATE } from './training.ts';
import { parametersOf, tokensOf, transformerConfig } from './transformer.ts';

const gpu = await openDevice();
// peers.ts has checked it.
const mode = (process.env['MONOSEMA_BENCH_TUNE'] ?? 'off') as TuneMode;
gpu.tuning = openTuning(gpu, { mode, say: (line) => process.stderr.write(`${line}\n`) });

async function repeat(
  problem: Problem,
  record: (p: ProgramBuilder, input: (name: string, shape: readonly number[]) => Value) => Value,
): Promise<Prepared> {
  const inputs = inputsOf(problem);
  const p = new ProgramBuilder(gpu, problem.kind);
  const tensors: Tensor[] = [];
  const y = p.output(
    record(p, (name, shape) => {
      const tensor = createTensor(gpu, name, shape, inputs[name]!);
      tensors.push(tensor);
      return p.persistent(tensor);
    }),
  );
  const program = await p.build();
  return {
    run: async () => {
      await program.run();
      await gpu.idle();
    },
    read: () => readTensor(gpu, y),
    free: () => {
      program.destroy();
      for (const { buffer } of tensors) buffer.destroy();
    },
  };
}

/** Runs a program of a training step, counting its steps. */
function train(
  program: { run: (scalars: Readonly<Record<string, number>>) => Promise<void>; destroy: () => void },
  scalars: Readonly<Record<string, number>>,
  results: Readonly<Record<string, Tensor>>,
  rate = LEARNING_RATE,
): Prepared {
  let steps = 0;
  return {
    run: async () => {
      await program.run({ ...adamScalars(ADAM, ++steps, rate), ...scalars });
      await gpu.idle();
    },
    read: (name) => readTensor(gpu, results[name]!),
    free: () => {
      program.destroy();
      for (const { buffer } of Object.values(results)) buffer.destroy();
    },
  };
}

/** Results of a training step by the names that checks use. */
function namedResults(tensors: Iterable<readonly [string, Tensor, Moments]>): Record<string, Tensor> {
  return Object.fromEntries(
    [...tensors].flatMap(([name, tensor, moments]) => [
      [`parameter ${name}`, tensor],
      [`moment ${name}`, moments.first],
      [`second moment ${name}`, moments.second],
    ]),
  );
}

async function dictionary(problem: Problem, path: 'dense' | 'sparse'): Promise<Prepared> {
  const [rows, width, features] = problem.sizes as [number, number, number];
  const { x, encoder, encoderBias, decoder, decoderBias } = inputsOf(problem) as Record<
    'x' | 'encoder' | 'encoderBias' | 'decoder' | 'decoderBias',
    Float32Array
  >;
  const shape = { width, features, preEncoderBias: true };
  const values = { encoder, decoder, decoderBias, vectors: { encoderBias } };
  const made = uploadDictionary(gpu, 'peers', shape, values);
  const moments = createDictionaryMoments(gpu, made);
  const batch = createTensor(gpu, 'batch', [rows, width], x);
  const step = await buildStepProgram(gpu, made, moments, batch, {
    adam: ADAM,
    architecture: paper(),
    path,
  });
  const { reconstruction, sparsity } = step.terms;
  const prepared = train(
    step.program,
    { penalty: PENALTY },
    namedResults(
      [...parameterTensors(made)].map(([name, tensor]) => [name, tensor, moments.get(name)!] as const),
    ),
    path === 'dense' ? LEARNING_RATE : SPARSE_LEARNING_RATE,
  );
  return {
    ...prepared,
    read: async (name) => {
      if (name !== 'loss') return prepared.read(name);
      const [error, sum] = [
        await readTensor(gpu, reconstruction!.tensor),
        await readTensor(gpu, sparsity!.tensor),
      ];
      return [error[0]! + PENALTY * sum[0]! * sparsity!.scale];
    },
    free: () => {
      prepared.free();
      batch.buffer.destroy();
    },
  };
}

async function transformer(problem: Problem): Promise<Prepared> {
  const config = transformerConfig(problem);
  const initial = new Map(parametersOf(problem).map(({ name, values }) => [name, values]));
  const parameters = uploadParameters(gpu, config, (name) => initial.get(name)!);
  const step = await buildTrainingProgram(gpu, config, parameters, problem.sizes[0]!, ADAM);
  setBatch(gpu, step.batch, tokensOf(problem).sequences);
  const named = [...parameters].map(([name, tensor]) => [name, tensor, step.moments.get(name)!] as const);
  return train(step.program, {}, { ...namedResults(named), loss: step.loss });
}

async function prepare(problem: Problem): Promise<Prepared | null> {
  const [a, b, c] = problem.sizes as [number, number, number];
  switch (problem.kind) {
    case 'gemm':
      return repeat(problem, (p, input) => matmul(p, input('left', [a, b]), input('right', [b, c])));
    case 'softmax':
      return repeat(problem, (p, input) => p.apply(softmax, { x: input('x', [a, b]) }, { causal: false }));
    case 'layernorm':
      return repeat(problem, (p, input) =>
        p.apply(
          layernorm,
          { x: input('x', [a, b]), gain: input('gain', [b]), bias: input('bias', [b]) },
          { epsilon: LAYERNORM_EPSILON },
        ),
      );
    case 'add':
      return repeat(problem, (p, input) => p.apply(add, { a: input('a', [a]), b: input('b', [a]) }, {}));
    case 'adam': {
      const inputs = inputsOf(problem);
      const parameter = createTensor(gpu, 'parameter', [a], inputs['parameter']!);
      const gradient = createTensor(gpu, 'gradient', [a], inputs['gradient']!);
      const moments = createMoments(gpu, parameter);
      const p = new ProgramBuilder(gpu, 'adam');
      adam(p, p.persistent(parameter), p.persistent(gradient), moments, ADAM);
      const prepared = train(await p.build(), {}, namedResults([['parameter', parameter, moments]]));
      return {
        ...prepared,
        free: () => {
          prepared.free();
          gradient.buffer.destroy();
        },
      };
    }
    case 'dictionary':
      return dictionary(problem, 'dense');
    case 'sparse-dictionary':
      return dictionary(problem, 'sparse');
    case 'transformer':
      return transformer(problem);
  }
}

const manifest = new URL('../../packages/engine/package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
export const library: Library = { name: 'monosema', version, prepare };
export const adapter = { name: gpu.name, driver: gpu.driver, class: gpu.adapterClass };
