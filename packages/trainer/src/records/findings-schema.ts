/**
 * What is found across features, a file each beside study.json: proxies.json, splits.json, automata.json,
 * steering.json, texts.json and claims.json. Each may be missing from a study that did not measure it.
 */
import { z } from 'zod';
import { count, histogram } from './feature-schema.ts';
import { RECORDS_VERSION } from './version.ts';

const version = z.literal(RECORDS_VERSION);
const feature = z.strictObject({ dictionary: z.string(), feature: count });

const proxyMatch = feature.extend({
  pearson: z.number().describe('correlation of the activation with the proxy over the evaluation tokens'),
  specificity: z
    .array(
      z.strictObject({
        from: z.number().describe('lower bound of the band, as a share of the largest activation'),
        to: z.number(),
        activeTokens: count,
        onConcept: count.describe('those of them that the proxy counts in'),
      }),
    )
    .describe('by band of activation, lowest first'),
  expectedValue: z
    .strictObject({ edges: z.array(z.number()), on: z.array(z.number()), off: z.array(z.number()) })
    .describe(
      'sum of the activation by bin of activation, on tokens that the proxy counts in and on all others',
    ),
});

/** How well the best feature and the best neuron of a model track a property of text that can be computed from it. */
export const proxiesRecord = z.strictObject({
  version,
  proxies: z.array(
    z.strictObject({
      id: z.string().describe('as script:Hebrew, string:base64 or domain:legal'),
      name: z.string(),
      kind: z.enum(['string', 'script', 'domain']),
      tokens: count.describe('evaluation tokens that the proxy counts in'),
      feature: proxyMatch.nullable().describe('null when no feature correlates'),
      neuron: proxyMatch.nullable(),
    }),
  ),
});
export type ProxiesRecord = z.infer<typeof proxiesRecord>;

/** Coarse features whose children say different things, the most telling first. */
export const splitsRecord = z.strictObject({
  version,
  threshold: z.number().describe('least masked cosine of an edge'),
  splits: z.array(
    z.strictObject({
      parent: feature,
      children: z.array(
        feature.extend({
          similarity: z.number(),
          cosine: z.number().nullable(),
          tokens: z.array(count).describe('tokens that set it apart from its siblings'),
        }),
      ),
      distinctness: z.number().describe('0 when the children fire on the same, 1 when on nothing in common'),
    }),
  ),
  counted: z
    .array(
      z.strictObject({
        dictionary: z.string().describe('the narrower one'),
        split: count.describe('its features with two children or more'),
        distinct: count.describe('those of them whose children have at most half in common, two by two'),
      }),
    )
    .default([])
    .describe('how many splits there are, of which splits has the most telling'),
});
export type SplitsRecord = z.infer<typeof splitsRecord>;

/** Cycles of features in which each makes the text more likely on which the next one fires. */
export const automataRecord = z.strictObject({
  version,
  cycles: z.array(
    z.strictObject({
      dictionary: z.string(),
      features: z.array(count).min(1).max(4).describe('in order; the last leads to the first'),
      edges: z.array(
        z.strictObject({
          from: count,
          to: count,
          strength: z.number(),
          lift: z.number(),
          tokens: z.array(count),
        }),
      ),
      verified: z
        .strictObject({
          pinned: z
            .number()
            .describe('share of sampled tokens that make the next feature fire, with this one pinned'),
          plain: z.number().describe('the same without pinning'),
          standardError: z
            .number()
            .nullable()
            .default(null)
            .describe('of the difference, over the texts that were sampled after'),
          samples: count,
        })
        .array()
        .describe('for each edge, by sampling'),
      holds: z.boolean().describe('whether pinning raised the share on every edge by three standard errors'),
    }),
  ),
});
export type AutomataRecord = z.infer<typeof automataRecord>;

/** What pinning the best feature of a proxy does to what the model says next. */
export const steeringRecord = z.strictObject({
  version,
  steering: z.array(
    feature.extend({
      proxy: z.string().describe('id of the proxy'),
      pinnedTo: z.number(),
      pinnedMass: z
        .number()
        .describe(
          'mean probability on tokens of the proxy with the feature pinned to its largest activation, in contexts without any so far',
        ),
      plainMass: z.number().describe('the same without'),
      doses: z
        .array(
          z.strictObject({
            times: z.number().describe('what the feature is pinned to, over its largest activation'),
            pinnedMass: z.number(),
            otherMass: z
              .number()
              .nullable()
              .describe(
                'median of the same over the other features that were pinned, each to as many times its own; null where there are none',
              ),
          }),
        )
        .default([]),
      positions: count.describe('predictions the means are taken over'),
      samples: z.array(z.strictObject({ prompt: z.string(), steered: z.string(), plain: z.string() })),
    }),
  ),
});
export type SteeringRecord = z.infer<typeof steeringRecord>;

const textEntry = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .describe('names its page and its file texts/ID.json'),
  title: z.string(),
  domain: z.string().nullable(),
  tokens: count,
});

/** The example texts of a study; each is in a file of its own. */
export const textsRecord = z.strictObject({ version, dictionary: z.string(), texts: z.array(textEntry) });
export type TextsRecord = z.infer<typeof textsRecord>;

/** One example text with every active feature of every token. */
export const textRecord = z.strictObject({
  version,
  id: z.string(),
  dictionary: z.string(),
  document: z.string(),
  tokens: z.array(count),
  active: z
    .array(z.array(z.strictObject({ feature: count, activation: z.number() })))
    .describe('for each token, strongest first'),
});
export type TextRecord = z.infer<typeof textRecord>;

/** The seven conclusions of the paper, each with what this study measured. */
export const claimsRecord = z.strictObject({
  version,
  claims: z.array(
    z.strictObject({
      id: z.enum([
        'monosemantic',
        'not-neurons',
        'steering',
        'universal',
        'splitting',
        'more-than-neurons',
        'automata',
      ]),
      claim: z.string().describe("the paper's conclusion in a sentence"),
      rule: z.string().describe('the rule by which it holds here or not'),
      holds: z.boolean().nullable().describe('null where this study did not measure what the rule needs'),
      lacks: z
        .string()
        .nullable()
        .default(null)
        .describe('what the study lacks for the rule to be about anything, where it neither holds nor fails'),
      fails: z
        .string()
        .nullable()
        .default(null)
        .describe('what of the rule is not met, with its figures, where it fails'),
      figures: z.array(
        z.strictObject({
          name: z.string(),
          value: z.number().nullable(),
          unit: z.string().describe('as nats, or empty for a plain number'),
          paper: z.string().nullable().describe("the paper's figure, as it gives it"),
        }),
      ),
      charts: z.array(
        z.strictObject({
          title: z.string(),
          series: z.array(z.strictObject({ name: z.string(), histogram })),
        }),
      ),
      features: z.array(feature.extend({ why: z.string() })).describe('features that show it'),
      against: z
        .array(feature.extend({ why: z.string() }))
        .default([])
        .describe('features, or neurons, that speak against it'),
    }),
  ),
});
export type ClaimsRecord = z.infer<typeof claimsRecord>;
