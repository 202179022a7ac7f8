/** Rules between keys, as sentences; each is reported at the key the user would change. */

import { CONTROL } from './control.ts';
import type { SiteName } from './sites.ts';

/** What a rule needs of zod's refinement context. */
interface Context {
  addIssue(issue: { code: 'custom'; path: (string | number)[]; message: string }): void;
}

function refuse(context: Context, path: (string | number)[], message: string): void {
  context.addIssue({ code: 'custom', path, message });
}

/** Names of classes of products, as the engine makes them: a pin under any other name would never be used. */
const PRODUCTS =
  /^m\d+ n\d+ k\d+( batch\d+)?( (odd-)?(rows|columns)){2} (vectors|edge)( (bias|relu|offset|mask|add|accumulate))*$/;

interface Schedule {
  readonly warmupFraction: number;
  readonly decayFraction: number;
}

function scheduleRule({ warmupFraction, decayFraction }: Schedule, context: Context): void {
  if (warmupFraction + decayFraction > 1)
    refuse(
      context,
      ['decayFraction'],
      `expected at most 1 - warmupFraction = ${1 - warmupFraction}, got ${decayFraction}`,
    );
}

function duplicate(values: readonly string[]): string | undefined {
  return values.find((value, i) => values.indexOf(value) !== i);
}

export function transformerRules(
  value: Schedule & {
    readonly dModel: number;
    readonly heads: number;
    readonly models: readonly string[];
    readonly tokens: number;
    readonly context: number;
    readonly batchContexts: number;
    readonly import: string | null;
  },
  context: Context,
): void {
  scheduleRule(value, context);
  const { dModel, heads, models, tokens, batchContexts } = value;
  const step = batchContexts * value.context;
  if (value.import === null && tokens < step)
    refuse(
      context,
      ['tokens'],
      `expected at least one step = batchContexts · context = ${step}, got ${tokens}; raise it, or lower batchContexts`,
    );
  if (dModel % heads !== 0)
    refuse(context, ['heads'], `expected a divisor of dModel = ${dModel}, got ${heads}`);
  const twice = duplicate(models);
  if (twice !== undefined) refuse(context, ['models'], `expected different letters, got ${twice} twice`);
  if (models.includes(CONTROL))
    refuse(context, ['models'], `expected letters other than ${CONTROL}, which stands for the control`);
}

/** Keys of a dictionary that only some architectures have. */
const LAMBDAS: Readonly<Record<string, 'l1Coefficient' | 'l0Coefficient'>> = {
  paper: 'l1Coefficient',
  'april-2024': 'l1Coefficient',
  gated: 'l1Coefficient',
  jumprelu: 'l0Coefficient',
};
const WITH_K = ['topk', 'batchtopk', 'matryoshka'];
const ONLY_OF: Readonly<Record<string, readonly string[]>> = {
  l1Coefficient: ['paper', 'april-2024', 'gated'],
  l0Coefficient: ['jumprelu'],
  targetL0: ['paper', 'april-2024', 'gated', 'jumprelu'],
  k: WITH_K,
  auxiliaryCoefficient: WITH_K,
  auxiliaryK: WITH_K,
  prefixFractions: ['matryoshka'],
  penalty: ['jumprelu'],
  bandwidth: ['jumprelu'],
  resample: ['paper'],
};

export function dictionaryRules(
  value: {
    readonly architecture: string;
    readonly targetL0?: number | undefined;
    readonly k?: number | undefined;
    readonly prefixFractions?: readonly number[] | undefined;
    readonly directions?: string | undefined;
  },
  context: Context,
): void {
  const { architecture, prefixFractions } = value;
  const given = value as Readonly<Record<string, unknown>>;
  for (const [key, architectures] of Object.entries(ONLY_OF)) {
    if (given[key] !== undefined && !architectures.includes(architecture))
      refuse(
        context,
        [key],
        `expected it only for ${architectures.join(', ')}, got it for ${architecture}; take it out`,
      );
  }
  const lambda = LAMBDAS[architecture];
  if (lambda !== undefined && (given[lambda] === undefined) === (value.targetL0 === undefined)) {
    const got = value.targetL0 === undefined ? 'neither' : 'both';
    refuse(context, [lambda], `expected either ${lambda} or targetL0 for ${architecture}, got ${got}`);
  }
  if (WITH_K.includes(architecture) && value.k === undefined)
    refuse(context, ['k'], `expected a number of active features for ${architecture}, got nothing`);
  if (architecture === 'april-2024' && value.directions === 'inputs')
    refuse(context, ['directions'], 'expected random for april-2024, got inputs');
  if (prefixFractions === undefined) return;
  if (
    prefixFractions.some((share, i) => share <= (prefixFractions[i - 1] ?? 0)) ||
    prefixFractions.at(-1) !== 1
  )
    refuse(
      context,
      ['prefixFractions'],
      `expected ascending numbers, the last 1, got ${prefixFractions.join(', ')}`,
    );
}

export function dictionariesRules(
  value: Schedule & {
    readonly vectors: number;
    readonly batch: number;
    readonly bufferVectors: number;
    readonly resampling: { readonly atFractions: readonly number[] };
    readonly list: readonly { readonly id: string }[];
    readonly imports: readonly { readonly id: string }[];
    readonly shards: readonly { readonly model: string }[];
  },
  context: Context,
): void {
  scheduleRule(value, context);
  const { vectors, batch, bufferVectors, resampling, list, imports, shards } = value;
  if (vectors < batch)
    refuse(
      context,
      ['vectors'],
      `expected at least one batch = ${batch}, got ${vectors}; raise it, or lower batch`,
    );
  if (bufferVectors < 2 * batch)
    refuse(
      context,
      ['bufferVectors'],
      `expected at least two batches = ${2 * batch}, got ${bufferVectors}; raise it, or lower batch`,
    );
  const { atFractions } = resampling;
  if (atFractions.some((fraction, i) => i > 0 && fraction <= atFractions[i - 1]!))
    refuse(
      context,
      ['resampling', 'atFractions'],
      `expected ascending numbers, got ${atFractions.join(', ')}`,
    );
  const all = [...list, ...imports];
  if (all.length === 0) refuse(context, ['list'], 'expected a dictionary here or in imports, got none');
  const twice = duplicate(all.map(({ id }) => id));
  if (twice !== undefined) refuse(context, ['list'], `expected different ids, got ${twice} twice`);
  const model = duplicate(shards.map((item) => item.model));
  if (model !== undefined) refuse(context, ['shards'], `expected different models, got ${model} twice`);
}

/** What rules across a whole study look at. */
interface RuledStudy {
  readonly transformer: {
    readonly layers: number;
    readonly dModel: number;
    readonly dMlp: number;
    readonly context: number;
    readonly models: readonly string[];
  };
  readonly dictionaries: {
    readonly site: SiteName;
    readonly layer: number;
    readonly positionsPerContext?: number | undefined;
    readonly list: readonly {
      readonly id: string;
      readonly expansion: number;
      readonly k?: number | undefined;
      readonly targetL0?: number | undefined;
    }[];
    readonly imports: readonly { readonly id: string }[];
    readonly shards: readonly { readonly model: string }[];
  };
  readonly analysis: {
    readonly window?: number | undefined;
    readonly domains: readonly { readonly name: string }[];
  };
  readonly kernels: Readonly<Record<string, string>>;
}

export function studyRules(study: RuledStudy, context: Context): void {
  const { transformer, dictionaries, analysis, kernels } = study;
  const misnamed = Object.keys(kernels).find((name) => !PRODUCTS.test(name));
  if (misnamed !== undefined)
    refuse(
      context,
      ['kernels'],
      `expected classes of products as stage.json names them, such as "m64 n64 k32 rows columns vectors bias relu", got "${misnamed}"`,
    );
  if (dictionaries.layer >= transformer.layers)
    refuse(
      context,
      ['dictionaries', 'layer'],
      `expected less than transformer.layers = ${transformer.layers}, got ${dictionaries.layer}`,
    );
  if ((dictionaries.positionsPerContext ?? 0) > transformer.context)
    refuse(
      context,
      ['dictionaries', 'positionsPerContext'],
      `expected at most transformer.context = ${transformer.context}, got ${dictionaries.positionsPerContext}`,
    );
  if ((analysis.window ?? 0) > transformer.context)
    refuse(
      context,
      ['analysis', 'window'],
      `expected at most transformer.context = ${transformer.context}, got ${analysis.window}`,
    );
  letterRules(study, context);
  widthRules(study, context);
  const twice = duplicate(analysis.domains.map(({ name }) => name));
  if (twice !== undefined)
    refuse(context, ['analysis', 'domains'], `expected different names, got ${twice} twice`);
}

/** Dictionaries and files of activations belong to models that there are. */
function letterRules({ transformer, dictionaries }: RuledStudy, context: Context): void {
  for (const key of ['list', 'imports'] as const) {
    dictionaries[key].forEach(({ id }, i) => {
      if (key === 'list' && id.startsWith(CONTROL)) return;
      if (!transformer.models.includes(id.charAt(0)))
        refuse(
          context,
          ['dictionaries', key, i, 'id'],
          `expected a model of transformer.models (${transformer.models.join(', ')}), got ${id}`,
        );
    });
  }
  dictionaries.shards.forEach(({ model }, i) => {
    if (!transformer.models.includes(model))
      refuse(
        context,
        ['dictionaries', 'shards', i, 'model'],
        `expected a model of transformer.models (${transformer.models.join(', ')}), got ${model}`,
      );
  });
}

/** A dictionary has a whole number of features, and no more of them active than there are. */
function widthRules({ transformer, dictionaries }: RuledStudy, context: Context): void {
  const width = dictionaries.site === 'mlp-activations' ? 'dMlp' : 'dModel';
  dictionaries.list.forEach((item, i) => {
    // The width of what is in files is theirs.
    if (dictionaries.shards.some(({ model }) => item.id.startsWith(`${model}/`))) return;
    const features = item.expansion * transformer[width];
    const path = ['dictionaries', 'list', i];
    if (!Number.isInteger(features))
      refuse(
        context,
        [...path, 'expansion'],
        `expected a whole number of features, got ${item.expansion} times transformer.${width} = ${transformer[width]}`,
      );
    for (const key of ['k', 'targetL0'] as const) {
      if (Number.isInteger(features) && (item[key] ?? 0) > features)
        refuse(context, [...path, key], `expected at most all ${features} features, got ${item[key]}`);
    }
  });
}
