import type { Gpu } from '@monosema/engine';
import type { FeatureInput, ProxiesRecord, SteeringRecord } from '../../records/schema.ts';
import type { Dictionary } from '../../dictionary/dictionary.ts';
import type { TextTokenizer } from '../../tokens/tokenizer.ts';
import { continueTexts, softmax } from '../../sampling/continue-text.ts';
import { spellText } from '../../sampling/spell-text.ts';
import { SteeredModel, type Pins, type SampledModel } from '../../sampling/steered-model.ts';
import type { ProxyText } from '../proxies/proxy-text.ts';
import { median } from '../bins.ts';
import { tokensOfProxies } from './proxy-tokens.ts';

type Steering = SteeringRecord['steering'][number];
type Sample = NonNullable<FeatureInput['steering']>[number];

/** Beginnings of the samples: the paper's numbers, and the beginning of a document. */
const PROMPTS = ['1,2,3,4,5,6,7,8,9,10', ''];
const SAMPLE_TOKENS = 40;
/** What features are held at, as multiples of their largest activation; the paper has the first alone. */
const DOSES = [1, 2, 4];
/** The one that samples are drawn with. */
const SAMPLE_DOSE = 4;
/** Contexts over whose places the probability of a proxy's tokens is averaged, and places of each. */
const MASS_CONTEXTS = 32;
const MASS_PLACES = 4;
/** Fewer places without anything of a proxy before them say nothing of it. */
const LEAST_PLACES = 16;
/** Sequences computed at once. */
const BATCH = 16;

export interface SteeringOptions {
  readonly text: ProxyText;
  readonly tokenizer: TextTokenizer;
  readonly seed: number;
  /** Largest activation of a feature. */
  readonly max: (dictionary: string, feature: number) => number;
  /** Called often with the share done; throws to stop. */
  readonly watch: (share: number) => void;
}

/**
 * Holds the best feature of every proxy at multiples of its largest activation and measures the probability of the
 * proxy's tokens as next token where the context has none of them so far, against the same without, and against the
 * same with the other features held as far; and lets the model go on from some prompts with and without.
 */
export async function measureSteering(
  gpu: Gpu,
  model: SampledModel,
  dictionaries: ReadonlyMap<string, Dictionary>,
  proxies: ProxiesRecord['proxies'],
  options: SteeringOptions,
): Promise<Steering[]> {
  const { text, tokenizer } = options;
  const tokenSets = tokensOfProxies(text, tokenizer.size, () => options.watch(0));
  const contexts = contextsOf(text);
  const result: Steering[] = [];
  const planned = [...dictionaries].flatMap(([id, dictionary]) => {
    const wanted = proxies.flatMap(({ id: proxy, feature }, index): Wanted[] => {
      const before = contexts.flatMap(({ counted }) => counted.map((seen) => !seen.has(index)));
      return feature?.dictionary === id &&
        tokenSets[index]!.length > 0 &&
        before.filter(Boolean).length >= LEAST_PLACES
        ? [{ proxy, feature: feature.feature, tokens: tokenSets[index]!, counts: before }]
        : [];
    });
    const features = [...new Set(wanted.map(({ feature }) => feature))];
    return features.length === 0 ? [] : [{ id, dictionary, wanted, features }];
  });
  const batches = planned.reduce((sum, { features }) => sum + batchesOf(contexts, features.length), 0);
  let done = 0;
  const watch = (): void => options.watch(done++ / batches);
  for (const { id, dictionary, wanted, features } of planned) {
    const steered = await SteeredModel.build(
      gpu,
      model,
      [{ id, dictionary, features }],
      BATCH,
      BATCH * MASS_PLACES,
    );
    const pinsOf = (feature: number, times: number) => [
      { dictionary: 0, place: features.indexOf(feature), value: times * options.max(id, feature) },
    ];
    const plain = await masses(steered, contexts, [], wanted, watch);
    /** By dose and held feature, the mass of each of the wanted proxies. */
    const held: number[][][] = [];
    for (const times of DOSES) {
      const byFeature: number[][] = [];
      for (const feature of features)
        byFeature.push(await masses(steered, contexts, pinsOf(feature, times), wanted, watch));
      held.push(byFeature);
    }
    const samples = await sampleAll(
      steered,
      features.map((feature) => pinsOf(feature, SAMPLE_DOSE)),
      { ...options, watch },
    );
    for (const [w, { proxy, feature, counts }] of wanted.entries()) {
      const own = features.indexOf(feature);
      const doses = DOSES.map((times, d) => {
        const others = held[d]!.flatMap((of, place) => (place === own ? [] : [of[w]!]));
        return {
          times,
          pinnedMass: held[d]![own]![w]!,
          otherMass: others.length > 0 ? median(others) : null,
        };
      });
      result.push({
        dictionary: id,
        feature,
        proxy,
        pinnedTo: options.max(id, feature),
        pinnedMass: doses[0]!.pinnedMass,
        plainMass: plain[w]!,
        doses,
        positions: counts.filter(Boolean).length,
        samples: samples[own]!,
      });
    }
    steered.destroy();
  }
  const order = new Map(proxies.map(({ id }, i) => [id, i]));
  return result.sort((a, b) => order.get(a.proxy)! - order.get(b.proxy)!);
}

/** Batches that the model predicts for some features of a dictionary. */
function batchesOf(contexts: readonly MassContext[], features: number): number {
  const masses = (1 + DOSES.length * features) * Math.ceil(contexts.length / BATCH);
  return masses + SAMPLE_TOKENS * Math.ceil(((1 + features) * PROMPTS.length) / BATCH);
}

/** The samples of a feature for its page; the same whichever proxy it stands for. */
export function samplesOf(steering: readonly Steering[], dictionary: string, feature: number): Sample[] {
  const found = steering.find((each) => each.dictionary === dictionary && each.feature === feature);
  return (found?.samples ?? []).map((sample) => ({ ...sample, pinnedTo: SAMPLE_DOSE * found!.pinnedTo }));
}

/** A proxy with the feature that stands for it. */
interface Wanted {
  readonly proxy: string;
  readonly feature: number;
  readonly tokens: readonly number[];
  /** By place of all contexts, whether it counts: the context has nothing of the proxy up to there. */
  readonly counts: readonly boolean[];
}

/** Some of the text, the places after which the next token is predicted, and the proxies that occur up to each. */
interface MassContext {
  readonly tokens: Uint32Array;
  readonly after: readonly number[];
  readonly counted: readonly ReadonlySet<number>[];
}

/** Mean probability of each proxy's tokens as next token, over the places that count for it. */
async function masses(
  steered: SteeredModel,
  contexts: readonly MassContext[],
  pins: Pins,
  wanted: readonly Wanted[],
  watch: () => void,
): Promise<number[]> {
  const totals = wanted.map(() => 0);
  let place = 0;
  for (let first = 0; first < contexts.length; first += steered.sequences) {
    watch();
    const batch = contexts.slice(first, first + steered.sequences).map((each) => ({ ...each, pins }));
    for (const row of await steered.predict(batch)) {
      const probabilities = softmax(row);
      wanted.forEach(({ tokens, counts }, w) => {
        if (counts[place]) for (const token of tokens) totals[w]! += probabilities[token]!;
      });
      place += 1;
    }
  }
  return totals.map((total, w) => total / wanted[w]!.counts.filter(Boolean).length);
}

/** Contexts spread evenly over the text. */
function contextsOf(text: ProxyText): MassContext[] {
  const { length, count } = text.text.contexts;
  const places = Math.min(MASS_PLACES, length);
  const contexts = Math.min(MASS_CONTEXTS, count);
  return Array.from({ length: contexts }, (_, c) => {
    const first = Math.floor((c * count) / contexts) * length;
    const { offsets, ids } = text.flags(first, length);
    const after = Array.from({ length: places }, (__, i) => Math.floor(((i + 1) * length) / places) - 1);
    return {
      tokens: text.text.read(first, length),
      after,
      counted: after.map((at) => new Set(ids.subarray(0, offsets[at + 1]))),
    };
  });
}

/** For each set of pins, a sample of every prompt beside the one without pins. */
async function sampleAll(
  steered: SteeredModel,
  pins: readonly Pins[],
  { tokenizer, seed, watch }: Pick<SteeringOptions, 'tokenizer' | 'seed'> & { readonly watch: () => void },
): Promise<Steering['samples'][]> {
  const beginnings = PROMPTS.map((prompt) => [tokenizer.endOfText, ...tokenizer.encode(prompt)]);
  const all = [[], ...pins].flatMap((held) =>
    beginnings.map((tokens, i) => ({ tokens, pins: held, seed: seed + i })),
  );
  const continued = await continueTexts(steered, all, SAMPLE_TOKENS, watch);
  const spelled = continued.map((tokens) => spellText(tokens, tokenizer));
  const plain = spelled.slice(0, PROMPTS.length);
  return pins.map((_, p) =>
    PROMPTS.map((prompt, i) => ({
      prompt,
      steered: spelled[(p + 1) * PROMPTS.length + i]!,
      plain: plain[i]!,
    })),
  );
}
