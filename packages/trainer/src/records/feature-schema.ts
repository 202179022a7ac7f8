/** The record of one feature (or neuron): what its page shows. See schema.ts. */
import { z } from 'zod';

export const count = z.int().min(0);

export const histogram = z
  .strictObject({
    edges: z
      .array(z.number())
      .describe('bin edges in ascending order; one more than counts, or none when there are no bins'),
    counts: z.array(count),
  })
  .refine(
    ({ edges, counts }) =>
      edges.length === (counts.length === 0 && edges.length === 0 ? 0 : counts.length + 1),
    {
      error: 'expected one edge more than counts',
    },
  );
export type Histogram = z.infer<typeof histogram>;

const logitChange = z.strictObject({ token: count, change: z.number() });

const example = z
  .strictObject({
    tokens: z.array(count).describe('token ids of the window, in reading order'),
    activations: z.array(z.number()).describe('activation of this feature on each token; 0 where inactive'),
    lossChange: z
      .array(z.number().nullable())
      .describe(
        "nats by which the loss of predicting each token changes when the feature's contribution at the token before it is removed; null where the feature did not fire there or the token before is outside the context",
      ),
    logitChanges: z
      .array(
        z
          .strictObject({
            risen: z
              .array(logitChange)
              .describe('by how much, largest first; five, fewer in a tiny vocabulary'),
            fallen: z.array(logitChange).describe('by how much, most negative first'),
          })
          .nullable(),
      )
      .nullable()
      .default(null)
      .describe(
        'for each token: the logits of predicting it that rise and fall most when the feature is removed at the token before, relative to the mean of all logits; null where lossChange is, and farther from the token an example was chosen for than analysis.logitRadius; null altogether where not measured',
      ),
    at: count.describe('index into tokens of the token the example was chosen for'),
    document: z.string().describe('id of the source document'),
    domain: z.string().nullable().describe('domain label of the document, where the corpus has them'),
    duplicate: z
      .boolean()
      .default(false)
      .describe('whether an earlier example of this feature shows the same tokens'),
  })
  .refine(
    ({ tokens, activations, lossChange, logitChanges, at }) =>
      activations.length === tokens.length &&
      lossChange.length === tokens.length &&
      (logitChanges === null || logitChanges.length === tokens.length) &&
      at < tokens.length,
    {
      error:
        'expected an activation, a loss change and logit changes for every token, and at inside the window',
    },
  );
export type Example = z.infer<typeof example>;
export type ExampleInput = z.input<typeof example>;

const exampleGroup = z.strictObject({
  kind: z
    .enum(['top', 'interval', 'bottom', 'random'])
    .describe(
      'top and bottom: the largest and smallest activations of all; interval: the examples of a sample nearest to (1 - level/10) of its maximum, as the paper takes them; random: positive activations drawn evenly',
    ),
  level: count.nullable().default(null).describe('0 (highest) to 10 for intervals; null for the others'),
  from: z.number().describe('lower bound of the activations in the group'),
  to: z.number().describe('upper bound of the activations in the group'),
  activeTokens: count.describe(
    'evaluation tokens whose activation lies in (from, to]; of the strongest, in [from, to]; of the weakest, those shown',
  ),
  examples: z.array(example),
});
export type ExampleGroup = z.infer<typeof exampleGroup>;
export type ExampleGroupInput = z.input<typeof exampleGroup>;

const tokenWeight = z.strictObject({ token: count, weight: z.number() });
const featureLink = z.strictObject({
  dictionary: z.string().describe('id of the dictionary, as A/1'),
  feature: count,
  similarity: z.number(),
  cosine: z
    .number()
    .nullable()
    .default(null)
    .describe(
      'cosine of the two decoder rows; null across models, whose neurons differ, and where not measured',
    ),
});
export type FeatureLink = z.infer<typeof featureLink>;

const twin = featureLink.extend({
  logitWeights: z
    .number()
    .nullable()
    .default(null)
    .describe('Pearson correlation of the logit weights of the two over the vocabulary'),
  attribution: z
    .number()
    .nullable()
    .default(null)
    .describe(
      'Pearson correlation of activation times the logit weight of the next token, over the same tokens',
    ),
});

const automatonEdge = z.strictObject({
  feature: count.describe('of the same dictionary'),
  strength: z
    .number()
    .describe('mean activation of the later feature one token after the earlier one fires strongly'),
  lift: z.number().describe('how many times likelier the later one is to fire there than anywhere'),
});

/** What an explainer says of a feature, and how far that holds. */
export const explanation = z.strictObject({
  explainer: z.string().describe('rules for the built-in one, else the name of the language model'),
  text: z.string(),
  activationScore: z
    .number()
    .nullable()
    .describe('Spearman correlation of simulated and true activations on examples the explainer did not see'),
  logitScore: z
    .number()
    .nullable()
    .describe('share of right answers to which tokens the feature makes likelier; chance is 0.5'),
});

const steeringSample = z.strictObject({
  prompt: z.string(),
  pinnedTo: z.number().describe('activation the feature was held at, at every position'),
  steered: z.string(),
  plain: z.string().describe('the continuation by the same seed without pinning'),
});

const proxyAnswer = z.strictObject({
  proxy: z.string().describe('id of a proxy in proxies.json'),
  pearson: z.number().describe('correlation of the activation with the proxy over the evaluation tokens'),
  specificity: z.number().describe('share of the active tokens that the proxy counts in'),
  topSpecificity: z.number().describe('the same above half of the largest activation'),
});

/** One feature (or neuron) of one dictionary. */
export const featureRecord = z.strictObject({
  index: count,
  activeTokens: count.describe(
    'evaluation tokens on which the feature is active; the total is in the dictionary record',
  ),
  maxActivation: z.number(),
  meanActivation: z.number().describe('mean over the active tokens; 0 when there is none'),
  histogram: histogram.describe('of the activations on active tokens; no bins when the feature is dead'),
  exampleGroups: z
    .array(exampleGroup)
    .describe('top first, then intervals from the highest to the lowest, bottom, random'),
  logitWeights: z.strictObject({
    top: z.array(tokenWeight),
    bottom: z.array(tokenWeight),
    histogram,
    linearity: z
      .strictObject({
        pearson: z
          .number()
          .describe(
            "of activation times logit weight (relative to its mean over the vocabulary) with the fall of the next token's logit when the feature is removed",
          ),
        atScale: z
          .number()
          .nullable()
          .default(null)
          .describe("the same, with the final LayerNorm's scale held where it is with the feature"),
        firstOrder: z
          .number()
          .nullable()
          .default(null)
          .describe("of that fall to first order, the scale's answer included, with the fall itself"),
        tokens: count.describe('predicted tokens the correlations are taken over'),
      })
      .nullable()
      .default(null)
      .describe(
        'how linear the effect on logits is: correlations over the tokens that have logitChanges and those between two such of one context, logits relative to the mean of all; null where fewer than three were measured',
      ),
  }),
  neuronAlignment: z
    .array(z.strictObject({ neuron: count, coefficient: z.number(), share: z.number() }))
    .describe('largest coefficients of the decoder row by magnitude, each with its share of the L1 norm'),
  correlatedNeurons: z
    .array(z.strictObject({ neuron: count, pearson: z.number(), cosine: z.number() }))
    .describe('neurons whose activations correlate most over the evaluation tokens'),
  correlatedFeatures: z
    .array(z.strictObject({ feature: count, pearson: z.number(), cosine: z.number() }))
    .default([])
    .describe('features of the same dictionary whose activations correlate most, over all pairs'),
  neighbours: z.array(featureLink).describe('nearest decoder rows of the same dictionary, by cosine'),
  parents: z.array(featureLink).describe('splitting edges to the next narrower dictionary, by masked cosine'),
  children: z.array(featureLink).describe('splitting edges to the next wider dictionary, by masked cosine'),
  twins: z
    .array(twin)
    .describe('best matches in the other model, by Pearson correlation of activations on the same tokens'),
  domains: z
    .array(z.strictObject({ domain: z.string(), activeTokens: count, topHalfTokens: count }))
    .describe(
      'domains the feature fires in, most active first: all active tokens, and those above half of the largest activation',
    ),
  proxies: z.array(proxyAnswer).default([]).describe('proxies the feature answers to, best correlated first'),
  automaton: z
    .strictObject({ into: z.array(automatonEdge), outOf: z.array(automatonEdge) })
    .default({ into: [], outOf: [] })
    .describe('edges to features that this one leads to, and from features that lead to it, strongest first'),
  steering: z.array(steeringSample).default([]),
  explanations: z.array(explanation).default([]),
  map: z
    .strictObject({
      x: z.number(),
      y: z.number(),
      cluster: count.nullable().describe('null for features in no cluster'),
      order: count.describe('place of the feature in the one-dimensional order of its dictionary'),
    })
    .nullable()
    .default(null)
    .describe(
      'place on the map of all dictionaries of the model; null for neurons, controls and dead features',
    ),
  singleToken: z
    .boolean()
    .nullable()
    .default(null)
    .describe('whether the token is the same in all top examples; null with fewer than 20 of them'),
});
/** As it is read, with every field. */
export type FeatureRecord = z.infer<typeof featureRecord>;
/** As it is written; what was not measured may be left out. */
export type FeatureInput = z.input<typeof featureRecord>;
