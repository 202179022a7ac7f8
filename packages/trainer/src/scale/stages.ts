import {
  activeMask,
  createTensor,
  ProgramBuilder,
  residual,
  sparseMatmul,
  type Gpu,
  type Work,
} from '@monosema/engine';
import { recordHarvest } from '../activations/live-source.ts';
import { architectureOf } from '../dictionary/architectures/of-study.ts';
import { parameterTensors, type DictionaryParameters } from '../dictionary/dictionary.ts';
import { dictionaryValues, encode } from '../dictionary/encode.ts';
import { buildStepProgram, createDictionaryMoments } from '../dictionary/step-program.ts';
import { parameterShapes, type TransformerConfig } from '../model/parameters.ts';
import { buildTrainingProgram, createBatch } from '../model/training-program.ts';
import { siteWidth, type Site } from '../model/sites.ts';
import type { Study, StudyDictionary } from '../config/schema.ts';
import { recordedGpu, type RecordedGpu } from './recorded-gpu.ts';

/** Contexts a pass takes at once, where activations are harvested. */
export const CONTEXTS = 16;
/** Vectors that the analysis encodes at once. */
export const ENCODED = 2048;

/** What a job takes, counted from its programs. */
export interface Job {
  readonly name: string;
  /** How many runs of its program there are. */
  readonly runs: number;
  /** Of one run. */
  readonly work: Work;
  /** Bytes of the device's memory. */
  readonly memory: number;
  /** Bytes of files it leaves, and of those it keeps meanwhile. */
  readonly disk: number;
}

const FLOAT = 4;
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

export function transformerOf({ transformer, tokenizer }: Study): TransformerConfig {
  return {
    layers: transformer.layers,
    dModel: transformer.dModel,
    heads: transformer.heads,
    dMlp: transformer.dMlp,
    context: transformer.context,
    vocabulary: tokenizer.vocabulary,
    activation: transformer.activation,
    layerNormEpsilon: 1e-5,
    tied: false,
  };
}

/** Parameters of a model as a program sees them, without values. */
function modelParameters(gpu: Gpu, config: TransformerConfig) {
  return new Map(
    [...parameterShapes(config)].map(([name, shape]) => [name, createTensor(gpu, name, shape)] as const),
  );
}

/** Training one model. */
export async function modelJob(
  config: TransformerConfig,
  contexts: number,
  tokens: number,
  name = 'train the model',
  { gpu, bytes }: RecordedGpu = recordedGpu(),
): Promise<Job> {
  const parameters = modelParameters(gpu, config);
  const { program } = await buildTrainingProgram(gpu, config, parameters, contexts, ADAM);
  return {
    name,
    runs: Math.ceil(tokens / (contexts * config.context)),
    work: program.work(0),
    memory: bytes(),
    // The model, and two checkpoints of parameters and moments.
    disk: FLOAT * 7 * numbersOf([...parameterShapes(config).values()]),
  };
}

/** Computing the activations that dictionaries train on: K positions of each context that passes. */
export async function harvestJob(
  config: TransformerConfig,
  site: Site,
  {
    contexts,
    positions,
    vectors,
  }: { readonly contexts: number; readonly positions: number; readonly vectors: number },
  { gpu, bytes }: RecordedGpu = recordedGpu(),
): Promise<Job> {
  const parameters = modelParameters(gpu, config);
  const tokens = createBatch(gpu, contexts, config.context, config.vocabulary);
  const p = new ProgramBuilder(gpu, 'activations');
  const values = new Map([...parameters].map(([name, tensor]) => [name, p.persistent(tensor)]));
  const batch = { tokens: p.persistent(tokens.tokens), order: null, starts: null, context: config.context };
  const rows = contexts * positions;
  const places = (name: string) => p.persistent(createTensor(gpu, name, [rows, 2], null, 'u32'));
  recordHarvest(p, values, batch, config, site, {
    chosen: places('chosen places'),
    slots: places('slots'),
    buffer: p.persistent(createTensor(gpu, 'buffer', [rows, siteWidth(config, site)])),
  });
  const program = await p.build();
  return {
    name: 'harvest activations',
    runs: Math.ceil(vectors / rows),
    work: program.work(0, { rows, scale: 1 }),
    memory: bytes(),
    disk: 0,
  };
}

/** What a dictionary's jobs depend on. */
export interface DictionarySizes {
  /** A */
  readonly width: number;
  /** Vectors at once, and in all. */
  readonly batch: number;
  readonly vectors: number;
  /** Active features of a vector. */
  readonly l0: number;
}

/** Training one dictionary. */
export async function dictionaryJob(
  item: StudyDictionary,
  sizes: DictionarySizes,
  { gpu, bytes }: RecordedGpu = recordedGpu(),
): Promise<Job> {
  const { width, batch, vectors, l0 } = sizes;
  const architecture = architectureOf(item, width, vectors);
  const parameters = dictionaryParameters(gpu, item, width);
  const { features } = parameters;
  const kept = {
    idle: createTensor(gpu, 'idle', [features], null, 'u32'),
    threshold: createTensor(gpu, 'threshold', [1]),
  };
  const step = await buildStepProgram(
    gpu,
    parameters,
    createDictionaryMoments(gpu, parameters),
    createTensor(gpu, 'batch', [batch, width]),
    {
      architecture,
      adam: ADAM,
      path: 'sparse',
      state: Object.fromEntries(architecture.keeps.map((name) => [name, kept[name]])),
      fired: createTensor(gpu, 'fired', [features], null, 'u32'),
    },
  );
  return {
    name: `train ${item.id}`,
    runs: Math.ceil(vectors / batch),
    work: step.program.work(l0 * step.rowsAMask),
    memory: bytes(),
    disk: FLOAT * 7 * numbersOf([...parameterTensors(parameters).values()].map(({ shape }) => shape)),
  };
}

/** Encoding and decoding what a dictionary makes of the evaluation's vectors. */
export async function entriesJob(
  item: StudyDictionary,
  sizes: DictionarySizes,
  { gpu, bytes }: RecordedGpu = recordedGpu(),
): Promise<Job> {
  const { width, batch, vectors, l0 } = sizes;
  const { rule } = architectureOf(item, width, vectors);
  const dictionary = { ...dictionaryParameters(gpu, item, width), rule };
  const p = new ProgramBuilder(gpu, 'entries');
  const values = dictionaryValues(p, dictionary);
  const x = p.persistent(createTensor(gpu, 'x', [batch, width]));
  const f = encode(p, x, values, dictionary);
  const mask = activeMask(p, f);
  residual(p, sparseMatmul(p, f, mask, values.decoder, values.decoderBias, 'x̂'), x, 1);
  const program = await p.build();
  return {
    name: `encode ${item.id}`,
    runs: Math.ceil(vectors / batch),
    work: program.work(l0 * batch),
    memory: bytes(),
    // A feature and a value of each entry, and how many each vector has, for as long as the analysis takes.
    disk: vectors * (8 * l0 + 4),
  };
}

function dictionaryParameters(gpu: Gpu, item: StudyDictionary, width: number): DictionaryParameters {
  const features = Math.round(item.expansion * width);
  const { vectors, preEncoderBias } = architectureOf(item, width, 1);
  const tensor = (label: string, shape: number[]) => createTensor(gpu, label, shape);
  return {
    width,
    features,
    preEncoderBias,
    encoder: tensor('encoder', [features, width]),
    decoder: tensor('decoder', [features, width]),
    decoderBias: tensor('b_dec', [width]),
    vectors: Object.fromEntries(vectors.map((name) => [name, tensor(name, [features])])),
  };
}

function numbersOf(shapes: readonly (readonly number[])[]): number {
  return shapes.reduce((sum, shape) => sum + shape.reduce((product, extent) => product * extent, 1), 0);
}
