import type { Gpu } from '@monosema/engine';
import type { FeatureInput, ProxiesRecord, SteeringRecord } from '../../records/schema.ts';
import type { Dictionary } from '../../dictionary/dictionary.ts';
import type { TextTokenizer } from '../../tokens/tokenizer.ts';
import { continueTexts, softmax } from '../../sampling/continue-text.ts';
import { spellText } from '../../sampling/spell-text.ts';
import { SteeredModel, type SampledModel } from '../../sampling/steered-model.ts';
import type { ProxyText } from '../proxies/proxy-text.ts';
import { tokensOfProxies } from './proxy-tokens.ts';

type Steering = SteeringRecord['steering'][number];
type Sample = NonNullable<FeatureInput['steering']>[number];

/** Beginnings of the samples: the paper's numbers, and the beginning of a document. */
const PROMPTS = ['1,2,3,4,5,6,7,8,9,10', ''];
const SAMPLE_TOKENS = 40;
/** Contexts over whose places the probability of a proxy's tokens is averaged, and places of each. */
const MASS_CONTEXTS = 16;
const MASS_PLACES = 8;
/** Sequences computed at once. */
const BATCH = 16;

export interface SteeringOptions {
  readonly text: ProxyText;
  readonly tokenizer: TextTokenizer;
  readonly seed: number;
  /** Largest activation of a feature. */
  readonly max: (dictionary: string, feature: number) => number;
  /** Called often; throws to stop. */
  readonly watch: () => void;
}

/**
 * Holds the best feature of every proxy at its largest activation and measures the probability of the proxy's tokens
 * as next token, against the same without; and lets the model go on from some prompts with and without.
 */
export async function measureSteering(
  gpu: Gpu,
  model: SampledModel,
  dictionaries: ReadonlyMap<string, Dictionary>,
  proxies: ProxiesRecord['proxies'],
  options: SteeringOptions,
): Promise<Steering[]> {
  const { text, tokenizer, watch } = options;
  const tokenSets = tokensOfProxies(text, tokenizer.size, watch);
  const result: Steering[] = [];
  for (const [id, dictionary] of dictionaries) {
    const wanted = proxies.flatMap(({ id: proxy, feature }, index) =>
      feature?.dictionary === id && tokenSets[index]!.length > 0
        ? [{ proxy, feature: feature.feature, tokens: tokenSets[index]! }]
        : [],
    );
    if (wanted.length === 0) continue;
    const features = [...new Set(wanted.map(({ feature }) => feature))];
    const steered = await SteeredModel.build(
      gpu,
      model,
      [{ id, dictionary, features }],
      BATCH,
      BATCH * MASS_PLACES,
    );
    const pinsOf = (feature: number) => [
      { dictionary: 0, place: features.indexOf(feature), value: options.max(id, feature) },
    ];
    const plainMasses = await masses(
      steered,
      text,
      [],
      wanted.map(({ tokens }) => tokens),
      watch,
    );
    const samples = await sampleAll(steered, features.map(pinsOf), options);
    for (const [i, { proxy, feature, tokens }] of wanted.entries()) {
      const pins = pinsOf(feature);
      const [pinnedMass] = await masses(steered, text, pins, [tokens], watch);
      result.push({
        dictionary: id,
        feature,
        proxy,
        pinnedTo: pins[0]!.value,
        pinnedMass: pinnedMass!,
        plainMass: plainMasses[i]!,
        positions: positionsOf(text).reduce((sum, { after }) => sum + after.length, 0),
        samples: samples[features.indexOf(feature)]!,
      });
    }
    steered.destroy();
  }
  const order = new Map(proxies.map(({ id }, i) => [id, i]));
  return result.sort((a, b) => order.get(a.proxy)! - order.get(b.proxy)!);
}

/** The samples of a feature for its page; the same whichever proxy it stands for. */
export function samplesOf(steering: readonly Steering[], dictionary: string, feature: number): Sample[] {
  const found = steering.find((each) => each.dictionary === dictionary && each.feature === feature);
  return (found?.samples ?? []).map((sample) => ({ ...sample, pinnedTo: found!.pinnedTo }));
}

/** Mean probability of each set of tokens as next token, over places spread evenly over the text. */
async function masses(
  steered: SteeredModel,
  text: ProxyText,
  pins: Parameters<SteeredModel['predict']>[0][number]['pins'],
  sets: readonly (readonly number[])[],
  watch: () => void,
): Promise<number[]> {
  const totals = sets.map(() => 0);
  const positions = positionsOf(text);
  let count = 0;
  for (let first = 0; first < positions.length; first += steered.sequences) {
    watch();
    const batch = positions.slice(first, first + steered.sequences).map((each) => ({ ...each, pins }));
    for (const row of await steered.predict(batch)) {
      const probabilities = softmax(row);
      sets.forEach((tokens, s) => {
        for (const token of tokens) totals[s]! += probabilities[token]!;
      });
      count += 1;
    }
  }
  return totals.map((total) => total / count);
}

function positionsOf({ text }: ProxyText): { tokens: Uint32Array; after: number[] }[] {
  const { length, count } = text.contexts;
  const contexts = Math.min(MASS_CONTEXTS, count);
  const places = Math.min(MASS_PLACES, length);
  return Array.from({ length: contexts }, (_, c) => ({
    tokens: text.read(Math.floor((c * count) / contexts) * length, length),
    after: Array.from({ length: places }, (__, i) => Math.floor(((i + 1) * length) / places) - 1),
  }));
}

/** For each set of pins, a sample of every prompt beside the one without pins. */
async function sampleAll(
  steered: SteeredModel,
  pins: readonly Parameters<SteeredModel['predict']>[0][number]['pins'][],
  { tokenizer, seed, watch }: SteeringOptions,
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
