import { z } from 'zod';
import { defaulting } from './defaulting.ts';
import { POSITIONS_PER_CONTEXT, WINDOW, type FittedToContext } from './fit-to-context.ts';
import { demo } from './presets.ts';
import { dictionariesRules, dictionaryRules, studyRules, transformerRules } from './rules.ts';
import { SITES } from './sites.ts';

const count = z.int().positive();
const positive = z.number().positive();
const fraction = z.number().min(0).max(1);
const strictlyBetween = z.number().gt(0).lt(1);

const adam = z
  .strictObject({
    beta1: defaulting(z.number().min(0).lt(1), 0.9, 'decay of the first moment'),
    beta2: defaulting(z.number().min(0).lt(1), 0.999, 'decay of the second moment'),
    epsilon: defaulting(positive, 1e-8, 'added to the root of the second moment'),
  })
  .prefault({})
  .describe('constants of Adam');

const modelLetter = z.string().regex(/^[A-Z]$/, { error: 'expected a capital letter' });

const corpus = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe(
      'file or folder of .txt, .jsonl, .txt.gz or .jsonl.gz; relative to the configuration file; no default',
    ),
  validationFraction: defaulting(
    strictlyBetween,
    0.1,
    'share of documents held out for validation, chosen by the hash of their text',
  ),
});

const tokenizer = z
  .strictObject({
    vocabulary: defaulting(
      z.int().min(257).max(1_048_576),
      demo.tokenizer.vocabulary,
      'tokens of the byte-level vocabulary, the 256 bytes and the separator included',
    ),
    sampleBytes: defaulting(
      count,
      demo.tokenizer.sampleBytes,
      'bytes of training text the merges are learned from, evenly by domain',
    ),
  })
  .prefault({})
  .describe('the byte-pair tokenizer');

const transformer = z
  .strictObject({
    layers: defaulting(count, demo.transformer.layers, 'transformer blocks'),
    dModel: defaulting(
      count,
      demo.transformer.dModel,
      'D, width of the residual stream; a multiple of heads',
    ),
    heads: defaulting(count, demo.transformer.heads, 'H, attention heads a layer'),
    dMlp: defaulting(count, demo.transformer.dMlp, 'M, width of the MLP'),
    context: defaulting(z.int().min(2), demo.transformer.context, 'T, tokens a context'),
    activation: defaulting(
      z.enum(['relu', 'gelu', 'gelu_new']),
      'relu',
      'nonlinearity of the MLP, by its Hugging Face name',
    ),
    models: defaulting(
      z.array(modelLetter).min(1),
      ['A', 'B'],
      'letters of the models, which differ in their seed alone; R is the control, see dictionaries.list',
    ),
    tokens: defaulting(
      count,
      demo.transformer.tokens,
      'training tokens a model, repeats of the corpus included',
    ),
    batchContexts: defaulting(count, demo.transformer.batchContexts, 'contexts a training step'),
    learningRate: defaulting(positive, demo.transformer.learningRate, 'peak learning rate'),
    warmupFraction: defaulting(
      fraction,
      0.05,
      'share of the steps in which the learning rate rises linearly from 0',
    ),
    decayFraction: defaulting(
      fraction,
      0.95,
      'share of the steps, at the end, in which it falls along a cosine to 0',
    ),
    adam,
    gradientClip: positive
      .nullable()
      .default(null)
      .describe(
        'norm of the gradient of all parameters together, above which it is scaled down to it; default none',
      ),
    import: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe(
        'folder of a GPT-2 in the layout of Hugging Face that is studied instead of a model trained here; relative to the configuration file; its sizes and its tokenizer stand for the keys that name them; default none',
      ),
  })
  .prefault({})
  .superRefine(transformerRules)
  .describe('the transformers, in the layout of GPT-2');

const dictionaryId = z
  .string()
  .regex(/^[A-Z]\/[0-9]+$/, { error: 'expected a model letter and a number, as A/1' })
  .describe('model letter and number, as A/1; no default');

/** Architectures of dictionaries, as a study names them. */
export const ARCHITECTURES = [
  'paper',
  'april-2024',
  'topk',
  'batchtopk',
  'matryoshka',
  'gated',
  'jumprelu',
] as const;

const dictionary = z
  .strictObject({
    id: dictionaryId,
    expansion: positive.describe('F / A, features for each activation; no default'),
    architecture: defaulting(
      z.enum(ARCHITECTURES),
      'paper',
      'kind of sparse autoencoder, and how it is trained; docs/method.md has the loss of each',
    ),
    l1Coefficient: positive
      .optional()
      .describe(
        'lambda of paper, april-2024 and gated, in the sum convention: the loss is the mean over the batch of |x - x̂|² + lambda · Σ f, with activations scaled to a mean norm of sqrt(A); the mean-over-elements convention of the paper has a lambda A times smaller; these have either this or targetL0; no default',
      ),
    l0Coefficient: positive
      .optional()
      .describe(
        'lambda of jumprelu: what an active feature costs, in units of squared error summed over A, with activations scaled to a mean norm of sqrt(A); it has either this or targetL0; no default',
      ),
    targetL0: positive
      .optional()
      .describe(
        'active features a vector that lambda of paper, april-2024, gated or jumprelu is moved to reach, in the place of a coefficient; no default',
      ),
    k: count
      .optional()
      .describe(
        'active features of topk for each vector, of batchtopk and matryoshka on the mean over a batch; these have it, others do not; no default',
      ),
    auxiliaryCoefficient: z
      .number()
      .min(0)
      .optional()
      .describe(
        'weight of AuxK, the error in reconstructing by dead features what the others leave, for topk, batchtopk and matryoshka; 0 for none; default 1/32',
      ),
    auxiliaryK: count
      .optional()
      .describe('dead features that take part in AuxK for each vector, at most; default half of A'),
    prefixFractions: z
      .array(z.number().gt(0).max(1))
      .min(2)
      .optional()
      .describe(
        'shares of the features that nested reconstructions of matryoshka have, ascending to 1; default 1/32, 3/32, 7/32, 15/32, 1',
      ),
    penalty: z
      .enum(['step', 'tanh'])
      .optional()
      .describe(
        'what lambda of jumprelu counts: active features, or tanh(4 · f · |w|) of each, whose gradient is smooth; default tanh',
      ),
    bandwidth: positive
      .optional()
      .describe(
        'width around a threshold of jumprelu within which inputs give it a gradient, in units of activations; default 0.05',
      ),
    learningRate: positive
      .optional()
      .describe(
        'peak learning rate of this dictionary; default 2e-4 · sqrt(16,384 / F) for topk, batchtopk and matryoshka (Gao et al. 2024, dictionary_learning), dictionaries.learningRate for the others',
      ),
    directions: z
      .enum(['inputs', 'random'])
      .optional()
      .describe(
        'where decoder rows point at the start: inputs of the model, or random; random suits dictionaries so wide that inputs repeat themselves; april-2024 always has random; default random for topk, batchtopk and matryoshka, inputs for the others',
      ),
    resample: z
      .boolean()
      .optional()
      .describe('whether dead features are resampled, for paper alone; default true there'),
  })
  .superRefine(dictionaryRules);

const importedDictionary = z.strictObject({
  id: dictionaryId,
  path: z
    .string()
    .min(1)
    .describe(
      'a SAELens directory, a folder of sparsify, or a params.npz of Gemma Scope; relative to the configuration file; no default',
    ),
});

const activationShards = z.strictObject({
  model: modelLetter.describe('letter of the model whose activations they are; no default'),
  path: z
    .string()
    .min(1)
    .describe(
      'a .safetensors file or a folder of them, each with one matrix of vectors; relative to the configuration file; no default',
    ),
});

const dictionaries = z
  .strictObject({
    site: defaulting(
      z.enum(SITES),
      'mlp-activations',
      'activations that are decomposed: the residual stream before, within or after a block, or those or the output of its MLP',
    ),
    layer: defaulting(z.int().min(0), 0, 'layer of the site, counted from 0'),
    vectors: defaulting(count, demo.dictionaries.vectors, 'activation vectors trained on, each used once'),
    batch: defaulting(count, demo.dictionaries.batch, 'vectors a training step'),
    positionsPerContext: count
      .optional()
      .describe(
        `random positions of a context whose activations are taken; where a context has fewer than the default, it is all of them; default ${POSITIONS_PER_CONTEXT}`,
      ),
    bufferVectors: defaulting(
      count,
      demo.dictionaries.bufferVectors,
      'vectors of the shuffle buffer on the device, refilled when half is used',
    ),
    learningRate: defaulting(
      positive,
      demo.dictionaries.learningRate,
      'peak learning rate of the dictionaries that have none of their own; see dictionaries.list',
    ),
    warmupFraction: defaulting(
      fraction,
      0.02,
      'share of the steps in which the learning rate rises linearly from 0',
    ),
    decayFraction: defaulting(
      fraction,
      0.2,
      'share of the steps, at the end, in which it falls linearly to 0',
    ),
    adam,
    initialDensity: defaulting(
      strictlyBetween,
      demo.dictionaries.initialDensity,
      'share of vectors on which every feature is active before the first step',
    ),
    l1WarmupFraction: defaulting(fraction, 0.05, 'share of the steps in which lambda rises linearly from 0'),
    resampling: z
      .strictObject({
        atFractions: defaulting(
          z.array(strictlyBetween),
          demo.dictionaries.resampling.atFractions,
          'when dead features are resampled, as shares of all steps, ascending',
        ),
        windowVectors: defaulting(
          count,
          demo.dictionaries.resampling.windowVectors,
          'a feature is dead when none of this many vectors before made it fire',
        ),
        sampleVectors: defaulting(
          count,
          demo.dictionaries.resampling.sampleVectors,
          'vectors of which new directions are drawn, by squared loss; at most those that wait in the buffer',
        ),
      })
      .prefault({})
      .describe('re-initialising dead features from inputs that are reconstructed badly'),
    shards: z
      .array(activationShards)
      .default([])
      .describe(
        'models whose dictionaries are trained on activations from files instead of those that the model computes; default none',
      ),
    list: z
      .array(dictionary)
      .prefault(demo.dictionaries.list)
      .describe(
        'the dictionaries; all of one model are trained from one stream; those of model R are controls: R is the first model with the entries of each weight matrix shuffled, which is made where a dictionary of it is listed; default A/0, A/1, A/2, B/1 and R/1',
      ),
    imports: z
      .array(importedDictionary)
      .default([])
      .describe(
        'dictionaries trained elsewhere, over the same activations of a model, that are analysed beside those of list; default none',
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
    evaluationTokens: defaulting(
      count,
      demo.analysis.evaluationTokens,
      'validation tokens over which activations are counted, fewer where validation has fewer',
    ),
    lossTokens: defaulting(
      count,
      demo.analysis.lossTokens,
      'validation tokens over which losses are compared',
    ),
    topExamples: defaulting(count, 20, 'examples of the highest activations a feature, and of the lowest'),
    examplesPerInterval: defaulting(count, 5, 'examples at each of eleven levels of activation'),
    window: count
      .optional()
      .describe(
        `tokens an example shows, at most the context; where that is shorter than the default, it is the context; default ${WINDOW}`,
      ),
    logitRadius: defaulting(
      count,
      4,
      'tokens either side of the one an example was chosen for, for whose prediction the logits that change most are kept: the largest part of the records',
    ),
    histogramBins: defaulting(count, 40, 'bins of each histogram'),
    domains: z
      .array(
        z
          .strictObject({
            name: z.string().min(1).describe('the name shown, as Hebrew; no default'),
            corpusDomains: defaulting(
              z.array(z.string()),
              [],
              'domain labels of the corpus that count as this domain',
            ),
            scripts: defaulting(
              z.array(
                z.string().refine(isScript, {
                  error: ({ input }) =>
                    `expected the name of a Unicode script, as Arabic, got ${JSON.stringify(input)}`,
                }),
              ),
              [],
              'Unicode scripts, as Arabic or Katakana, whose characters count as this domain in any document',
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

const explainer = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'expected an address, as http://localhost:8080/v1' })
      .describe(
        'address of an endpoint of the OpenAI chat protocol, without /chat/completions; its key is read from the environment, MONOSEMA_EXPLAINER_KEY; no default',
      ),
    model: z.string().min(1).describe('name of the model, as the endpoint knows it; no default'),
    features: defaulting(
      count,
      100,
      'features asked about of each dictionary and of the neurons, drawn at random; three questions each',
    ),
    requestsPerMinute: defaulting(positive, 60, 'questions sent in a minute, at most'),
    parallel: defaulting(count, 4, 'features asked about at a time'),
  })
  .nullable()
  .default(null)
  .describe(
    'a language model that is asked to explain features after the analysis, and is scored; default none, the built-in explainer needs none',
  );

/** A study: everything that decides its results. Strict: an unknown key is an error. */
export const studySchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]*$/i, {
        error: 'expected letters, digits, dots, dashes or underscores',
      })
      .describe('names the folder under out/; no default'),
    seed: defaulting(z.int().min(0).max(0xffff_ffff), 0, 'of everything that is random'),
    corpus,
    tokenizer,
    transformer,
    dictionaries,
    analysis,
    explainer,
    kernels: z
      .record(z.string(), z.string())
      .default({})
      .describe(
        'kernels that products must be computed with, by class of products, as stage.json of an earlier run names them; default: as --tune finds them',
      ),
  })
  .superRefine(studyRules);

/** A study as its author writes it; what is left out has a default. */
export type StudyInput = z.input<typeof studySchema>;
/** A study with every default filled in. */
export type Study = FittedToContext<z.output<typeof studySchema>>;
/** A dictionary of a study. */
export type StudyDictionary = Study['dictionaries']['list'][number];
