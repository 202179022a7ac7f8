import { z } from 'zod';
import { demo } from './presets.ts';
import { dictionariesRules, studyRules, transformerRules } from './rules.ts';

const count = z.int().positive();
const positive = z.number().positive();
const fraction = z.number().min(0).max(1);
const strictlyBetween = z.number().gt(0).lt(1);

const adam = z
  .strictObject({
    beta1: z.number().min(0).lt(1).default(0.9).describe('decay of the first moment; default 0.9'),
    beta2: z.number().min(0).lt(1).default(0.999).describe('decay of the second moment; default 0.999'),
    epsilon: positive.default(1e-8).describe('added to the root of the second moment; default 1e-8'),
  })
  .prefault({})
  .describe('constants of Adam');

const corpus = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe(
      'file or folder of .txt, .jsonl, .txt.gz or .jsonl.gz; relative to the configuration file; no default',
    ),
  validationFraction: strictlyBetween
    .default(0.1)
    .describe('share of documents held out for validation, chosen by the hash of their text; default 0.1'),
});

const tokenizer = z
  .strictObject({
    vocabulary: z
      .int()
      .min(257)
      .max(1_048_576)
      .default(demo.tokenizer.vocabulary)
      .describe(
        'tokens of the byte-level vocabulary, the 256 bytes and the separator included; default 1,024',
      ),
    sampleBytes: count
      .default(demo.tokenizer.sampleBytes)
      .describe('bytes of training text the merges are learned from, evenly by domain; default 2,000,000'),
  })
  .prefault({})
  .describe('the byte-pair tokenizer');

const transformer = z
  .strictObject({
    layers: count.default(demo.transformer.layers).describe('transformer blocks; default 1'),
    dModel: count
      .default(demo.transformer.dModel)
      .describe('D, width of the residual stream; a multiple of heads; default 64'),
    heads: count.default(demo.transformer.heads).describe('H, attention heads a layer; default 4'),
    dMlp: count.default(demo.transformer.dMlp).describe('M, width of the MLP; default 256'),
    context: z.int().min(2).default(demo.transformer.context).describe('T, tokens a context; default 64'),
    activation: z
      .enum(['relu', 'gelu', 'gelu_new'])
      .default('relu')
      .describe('nonlinearity of the MLP, by its Hugging Face name; default relu, as in the paper'),
    models: z
      .array(z.string().regex(/^[A-Z]$/, { error: 'expected a capital letter' }))
      .min(1)
      .default(['A', 'B'])
      .describe('letters of the models, which differ in their seed alone; default A and B'),
    tokens: count
      .default(demo.transformer.tokens)
      .describe('training tokens a model, repeats of the corpus included; default 512,000'),
    batchContexts: count
      .default(demo.transformer.batchContexts)
      .describe('contexts a training step; default 16'),
    learningRate: positive
      .default(demo.transformer.learningRate)
      .describe('peak learning rate; default 0.003'),
    warmupFraction: fraction
      .default(0.05)
      .describe('share of the steps in which the learning rate rises linearly from 0; default 0.05'),
    decayFraction: fraction
      .default(0.95)
      .describe('share of the steps, at the end, in which it falls along a cosine to 0; default 0.95'),
    adam,
  })
  .prefault({})
  .superRefine(transformerRules)
  .describe('the transformers, in the layout of GPT-2');

const dictionary = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Z]\/[0-9]+$/, { error: 'expected a model letter and a number, as A/1' })
    .describe('model letter and number, as A/1; no default'),
  expansion: positive.describe('F / A, features for each activation; no default'),
  l1Coefficient: positive.describe(
    'lambda of the sum convention: the loss is the mean over the batch of |x - x̂|² + lambda · Σ f, with activations scaled to a mean norm of sqrt(A); the mean-over-elements convention of the paper has a lambda A times smaller; no default',
  ),
  directions: z
    .enum(['inputs', 'random'])
    .default('inputs')
    .describe(
      'where decoder rows point at the start: inputs of the model, or random; random suits dictionaries so wide that inputs repeat themselves; default inputs',
    ),
  resample: z.boolean().default(true).describe('whether dead features are resampled; default true'),
});

const dictionaries = z
  .strictObject({
    layer: z
      .int()
      .min(0)
      .default(0)
      .describe('layer whose MLP activations are decomposed, counted from 0; default 0'),
    vectors: count
      .default(demo.dictionaries.vectors)
      .describe('activation vectors trained on, each used once; default 300,000'),
    batch: count.default(demo.dictionaries.batch).describe('vectors a training step; default 1,024'),
    positionsPerContext: count
      .default(demo.dictionaries.positionsPerContext)
      .describe('random positions of a context whose activations are taken; default 32'),
    bufferVectors: count
      .default(demo.dictionaries.bufferVectors)
      .describe('vectors of the shuffle buffer on the device, refilled when half is used; default 32,768'),
    learningRate: positive
      .default(demo.dictionaries.learningRate)
      .describe('peak learning rate; default 0.001'),
    warmupFraction: fraction
      .default(0.02)
      .describe('share of the steps in which the learning rate rises linearly from 0; default 0.02'),
    decayFraction: fraction
      .default(0.2)
      .describe('share of the steps, at the end, in which it falls linearly to 0; default 0.2'),
    adam,
    initialDensity: strictlyBetween
      .default(demo.dictionaries.initialDensity)
      .describe('share of vectors on which every feature is active before the first step; default 0.03'),
    l1WarmupFraction: fraction
      .default(0.05)
      .describe('share of the steps in which lambda rises linearly from 0; default 0.05'),
    resampling: z
      .strictObject({
        atFractions: z
          .array(strictlyBetween)
          .default(demo.dictionaries.resampling.atFractions)
          .describe(
            'when dead features are resampled, as shares of all steps, ascending; default 0.25 and 0.5',
          ),
        windowVectors: count
          .default(demo.dictionaries.resampling.windowVectors)
          .describe('a feature is dead when none of this many vectors before made it fire; default 60,000'),
        sampleVectors: count
          .default(demo.dictionaries.resampling.sampleVectors)
          .describe('vectors of which new directions are drawn, by squared loss; default 16,384'),
      })
      .prefault({})
      .describe('re-initialising dead features from inputs that are reconstructed badly'),
    list: z
      .array(dictionary)
      .min(1)
      .prefault(demo.dictionaries.list)
      .describe(
        'the dictionaries; all of one model are trained from one stream; default A/0, A/1, A/2 and B/1',
      ),
  })
  .prefault({})
  .superRefine(dictionariesRules)
  .describe('the sparse autoencoders');

function isScript(name: string): boolean {
  try {
    return /^\w+$/.test(name) && new RegExp(`\\p{Script=${name}}`, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

const analysis = z
  .strictObject({
    evaluationTokens: count
      .default(demo.analysis.evaluationTokens)
      .describe(
        'validation tokens over which activations are counted, fewer where validation has fewer; default 65,536',
      ),
    lossTokens: count
      .default(demo.analysis.lossTokens)
      .describe('validation tokens over which losses are compared; default 16,384'),
    topExamples: count.default(20).describe('examples of the highest activations a feature; default 20'),
    intervals: count.default(8).describe('equal bands of (0, largest activation]; default 8'),
    examplesPerInterval: count.default(5).describe('examples an interval; default 5'),
    window: count.default(32).describe('tokens an example shows; at most the context; default 32'),
    histogramBins: count.default(40).describe('bins of each histogram; default 40'),
    domains: z
      .array(
        z
          .strictObject({
            name: z.string().min(1).describe('the name shown, as Hebrew; no default'),
            corpusDomains: z
              .array(z.string())
              .default([])
              .describe('domain labels of the corpus that count as this domain; default none'),
            scripts: z
              .array(
                z.string().refine(isScript, { error: 'expected the name of a Unicode script, as Arabic' }),
              )
              .default([])
              .describe(
                'Unicode scripts, as Arabic or Katakana, whose characters count as this domain in any document; default none',
              ),
          })
          .refine(({ corpusDomains, scripts }) => corpusDomains.length + scripts.length > 0, {
            error: 'expected corpusDomains or scripts to name what counts as the domain',
          }),
      )
      .default([])
      .describe('domains for which the feature that stands for them is looked up; default none'),
  })
  .prefault({})
  .describe('what is measured of every feature');

/** A study: everything that decides its results. Strict: an unknown key is an error. */
export const studySchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]*$/i, {
        error: 'expected letters, digits, dots, dashes or underscores',
      })
      .describe('names the folder under out/; no default'),
    seed: z.int().min(0).max(0xffff_ffff).default(0).describe('of everything that is random; default 0'),
    corpus,
    tokenizer,
    transformer,
    dictionaries,
    analysis,
  })
  .superRefine(studyRules);

/** A study as its author writes it; what is left out has a default. */
export type StudyInput = z.input<typeof studySchema>;
/** A study with every default filled in. */
export type Study = z.output<typeof studySchema>;
