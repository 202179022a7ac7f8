import { adamScalars, createTensor, openDevice, readTensor, type Gpu, type Tensor } from '@monosema/engine';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { april2024 } from './architectures/april-2024.ts';
import type { Architecture } from './architectures/architecture.ts';
import { gated } from './architectures/gated.ts';
import { jumprelu } from './architectures/jumprelu.ts';
import { topk } from './architectures/topk.ts';
import { parameterTensors, uploadDictionary, type ParameterName } from './dictionary.ts';
import { buildStepProgram, createDictionaryMoments, stepScalars, type StepProgram } from './step-program.ts';
import { golden } from './testing/saelens-golden.ts';
import { SAELENS_NAMES, trainingCase, trainingPoint, transposed } from './testing/saelens-training.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

const { d_in: WIDTH, d_sae: FEATURES, x } = golden;
const BATCH = x.length / WIDTH;
const DEAD = trainingCase('train/topk/k=2').dead_mask!.map((flag) => flag === 1);
const DEAD_AFTER = 1000;
// PyTorch's defaults, and what the file says of its step.
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const RATE = 1e-2;
/** Without momentum the first moment after a step is the gradient that Adam was given. */
const NO_MOMENTUM = { beta1: 0, beta2: 0, epsilon: 1 };

interface Case {
  readonly name: string;
  readonly architecture: Architecture;
  readonly penalty: number;
  /** Their names of our terms. */
  readonly terms: Readonly<Record<string, string>>;
  /** Whether the gradients are the same too: SAELens's gated trains the decoder through its auxiliary loss. */
  readonly gradients: boolean;
}

/** An architecture with decoder rows of any norm, as SAELens leaves them. */
function free(architecture: Architecture): Architecture {
  return {
    ...architecture,
    rows: 'free',
    record: (step) => ({ ...architecture.record(step), along: () => null }),
  };
}

const AUXILIARY = 'auxiliary_reconstruction_loss';
const CASES: readonly Case[] = [
  {
    name: 'train/standard/l1_coefficient=2.0',
    architecture: april2024(true),
    penalty: 2,
    terms: { reconstruction: 'mse_loss', sparsity: 'l1_loss' },
    gradients: true,
  },
  {
    name: 'train/topk/k=2,auxk without b_dec (post-#644)',
    architecture: free(topk({ k: 2, auxiliary: { k: 2, coefficient: 1, deadAfter: DEAD_AFTER } })),
    penalty: 0,
    terms: { reconstruction: 'mse_loss', auxiliary: AUXILIARY },
    gradients: true,
  },
  {
    name: 'train/jumprelu/l0_coefficient=1.5',
    architecture: free(jumprelu({ penalty: 'step', bandwidth: 0.05 })),
    penalty: 1.5,
    terms: { reconstruction: 'mse_loss', sparsity: 'l0_loss' },
    gradients: true,
  },
  {
    name: 'train/jumprelu/l0_coefficient=1.5,jumprelu_sparsity_loss_mode=tanh',
    architecture: jumprelu({ penalty: 'tanh', bandwidth: 0.05 }),
    penalty: 1.5,
    terms: { reconstruction: 'mse_loss', sparsity: 'l0_loss' },
    gradients: true,
  },
  {
    name: 'train/gated/l1_coefficient=2.0',
    architecture: free(gated()),
    penalty: 2,
    terms: { reconstruction: 'mse_loss', auxiliary: AUXILIARY },
    gradients: false,
  },
];

interface Ran {
  readonly step: StepProgram;
  readonly parameters: ReadonlyMap<ParameterName, Tensor>;
  readonly gradients: ReadonlyMap<ParameterName, Tensor>;
}

/** One step on the device from the file's parameters, on its batch. */
async function run(
  { architecture, penalty }: Case,
  path: 'sparse' | 'dense',
  adam: typeof ADAM,
  rate: number,
): Promise<Ran> {
  const single = (values: Float64Array): Float32Array => Float32Array.from(values);
  const { encoder, decoder, decoderBias, ...vectors } = trainingPoint(architecture.vectors).parameters;
  const shape = { width: WIDTH, features: FEATURES, preEncoderBias: architecture.preEncoderBias };
  const dictionary = uploadDictionary(gpu, 'golden', shape, {
    encoder: single(encoder!),
    decoder: single(decoder!),
    decoderBias: single(decoderBias!),
    vectors: Object.fromEntries(Object.entries(vectors).map(([name, values]) => [name, single(values)])),
  });
  const moments = createDictionaryMoments(gpu, dictionary);
  const batch = createTensor(gpu, 'x', [BATCH, WIDTH], Float32Array.from(x));
  const rows = Uint32Array.from(DEAD, (dead) => (dead ? DEAD_AFTER : 0));
  const idle = createTensor(gpu, 'idle', [FEATURES], rows);
  const state = architecture.keeps.includes('idle') ? { idle } : {};
  const step = await buildStepProgram(gpu, dictionary, moments, batch, { architecture, adam, path, state });
  await step.program.run({
    ...adamScalars(adam, 1, rate),
    ...stepScalars(architecture, { penalty, step: 1 }),
  });
  return {
    step,
    parameters: parameterTensors(dictionary),
    gradients: new Map([...moments].map(([name, { first }]) => [name, first])),
  };
}

/** A tensor of the file in our order. */
function inOurs(name: ParameterName, values: readonly number[]): ArrayLike<number> {
  return name === 'encoder' ? transposed(values, WIDTH, FEATURES) : values;
}

const pathsOf = ({ dense }: Architecture): ('sparse' | 'dense')[] =>
  dense ? ['sparse', 'dense'] : ['sparse'];

describe.each(CASES)('$name, on the device', (item) => {
  const { losses, grads } = trainingCase(item.name);

  test.each(pathsOf(item.architecture))(
    'has the losses and the gradients of SAELens 6.18, %s',
    async (path) => {
      // The gradient itself, before any limit.
      const unclipped = { ...item, architecture: { ...item.architecture, clip: null } };
      const { step, gradients } = await run(unclipped, path, NO_MOMENTUM, 0);
      for (const [ours, theirs] of Object.entries(item.terms)) {
        const { tensor, scale } = step.terms[ours]!;
        const factor = ours === 'sparsity' ? item.penalty : 1;
        // Both are float32 arithmetic.
        expect(factor * (await readTensor(gpu, tensor))[0]! * scale, ours).toBeCloseTo(losses[theirs]!, 5);
      }
      for (const [name, tensor] of item.gradients ? gradients : []) {
        // They train the logarithms of thresholds.
        if (name === 'threshold') continue;
        const want = inOurs(name, grads[SAELENS_NAMES[name]]!);
        (await readTensor(gpu, tensor)).forEach((value, i) => {
          expect(value, `${name} ${i}`).toBeCloseTo(want[i]!, 5);
        });
      }
      step.program.destroy();
    },
  );
});

// TopK is stepped there with its AuxK in another form, and gated with other gradients.
const WHOLE = CASES.filter(({ name }) => !/topk|gated/.test(name));

test.each(WHOLE)('$name: a whole step on the device ends at the parameters of SAELens 6.18', async (item) => {
  const { grad_norm: norm, 'after_clip1_adam_lr1e-2': after } = trainingCase(item.name);
  for (const path of pathsOf(item.architecture)) {
    const clipped = { ...item, architecture: { ...item.architecture, clip: 1 } };
    const { step, parameters } = await run(clipped, path, ADAM, RATE);
    const { tensor, scale } = step.squaredGradientNorm;
    expect(Math.sqrt((await readTensor(gpu, tensor))[0]! * scale)).toBeCloseTo(norm!, 4);
    for (const [name, values] of parameters) {
      const got = await readTensor(gpu, values);
      // No input of the file is near a threshold, so there none moves.
      const want =
        name === 'threshold'
          ? after!['log_threshold']!.map(Math.exp)
          : inOurs(name, after![SAELENS_NAMES[name]]!);
      got.forEach((value, i) => expect(value, `${name} ${i}, ${path}`).toBeCloseTo(want[i]!, 5));
    }
    step.program.destroy();
  }
});
