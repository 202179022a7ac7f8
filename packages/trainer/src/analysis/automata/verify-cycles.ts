import type { Gpu } from '@monosema/engine';
import type { AutomataRecord } from '../../records/schema.ts';
import type { Dictionary } from '../../dictionary/dictionary.ts';
import { uniforms } from '../../random/seeded.ts';
import { softmax } from '../../sampling/continue-text.ts';
import { SteeredModel, type Pins, type SampledModel } from '../../sampling/steered-model.ts';
import type { EvaluationText } from '../text/evaluation-text.ts';
import { compareShares, drawMixed, type TextSamples } from './compare-shares.ts';
import type { AutomatonEdge } from './measure-edges.ts';
import { FiringProgram } from './firing-program.ts';

type Cycle = AutomataRecord['cycles'][number];

/** Texts with places that tokens are sampled after, places in each, and texts computed at once, at most. */
const TEXTS = 128;
/** Of fewer texts nobody can say how far chance moves their mean. */
const LEAST_TEXTS = 16;
const PLACES = 16;
const BATCH = 32;
/** Bytes that the predictions of the texts computed at once may take: each place has one for every feature held. */
const PREDICTION_BYTES = 2 ** 27;
/** Tokens drawn after each place: two of two places say more than four of one. */
const DRAWS = 2;
/** By how many standard errors pinning must raise a share. */
const ERRORS = 3;

export interface VerifyOptions {
  readonly text: EvaluationText;
  readonly seed: number;
  /** Largest activation of a feature. */
  readonly max: (feature: number) => number;
  /** Called often with the share done; throws to stop. */
  readonly watch: (share: number) => void;
}

/**
 * Samples tokens after each of some texts and counts how often the next feature of a cycle fires on them, with every
 * feature of the cycles pinned to its largest activation in turn, and without. All are judged by the same tokens,
 * drawn from a mixture of all their predictions and the tokens of the edges, and weighted by how likely each makes
 * them: what differs is the pinning alone. A cycle holds when pinning raised the share on all of its edges by three standard errors.
 */
export async function verifyCycles(
  gpu: Gpu,
  model: SampledModel,
  id: string,
  dictionary: Dictionary,
  cycles: readonly AutomatonEdge[][],
  options: VerifyOptions,
): Promise<Cycle[]> {
  if (cycles.length === 0) return [];
  const features = [...new Set(cycles.flat().map(({ from }) => from))].sort((a, b) => a - b);
  const atOnce = textsAtOnce(features.length, model.config.vocabulary);
  const steered = await SteeredModel.build(
    gpu,
    model,
    [{ id, dictionary, features }],
    atOnce,
    atOnce * PLACES,
  );
  const firing = await FiringProgram.build(gpu, model, dictionary, features, BATCH);
  const { text } = options;
  const texts = evenTexts(text.contexts).map(({ first, after }) => ({
    tokens: Array.from(text.read(first, text.contexts.length)),
    after,
  }));
  const focus = [...new Set(cycles.flat().flatMap(({ tokens }) => tokens))];
  const held: Pins[] = [
    [],
    ...features.map((feature, place) => [{ dictionary: 0, place, value: options.max(feature) }]),
  ];
  const samples: TextSamples[] = [];
  for (let first = 0; first < texts.length; first += atOnce) {
    const batch = texts.slice(first, first + atOnce);
    // Half of the time goes into predictions, half into what fires, by and large.
    const shareOf = (part: number, half = 0): number =>
      (first + (batch.length * (half + part)) / 2) / texts.length;
    const places = batch.flatMap(({ tokens, after }) => after.map((at) => tokens.slice(0, at + 1)));
    const predictions: Float64Array[][] = places.map(() => []);
    for (const [h, pins] of held.entries()) {
      options.watch(shareOf(h / held.length));
      const logits = await steered.predict(batch.map((each) => ({ ...each, pins })));
      logits.forEach((row, i) => predictions[i]!.push(softmax(row)));
    }
    const drawn = predictions.map((of, i) =>
      drawMixed(of, focus, DRAWS, uniforms(options.seed, 4, first * PLACES + i)),
    );
    const longer = places.flatMap((tokens, i) => drawn[i]!.tokens.map((token) => [...tokens, token]));
    const fired: boolean[][] = [];
    for (let from = 0; from < longer.length; from += BATCH) {
      options.watch(shareOf(from / longer.length, 1));
      fired.push(...(await firing.fired(longer.slice(from, from + BATCH))));
    }
    // Places of one text are alike: chance is judged by texts.
    let next = 0;
    for (const { after } of batch) {
      const of = drawn.slice(next, next + after.length);
      samples.push({
        weights: of.flatMap(({ weights }) => weights),
        fired: fired.slice(next * DRAWS, (next + after.length) * DRAWS),
      });
      next += after.length;
    }
  }
  steered.destroy();
  firing.destroy();
  const place = new Map(features.map((feature, i) => [feature, i]));
  return cycles.map((cycle) => {
    const verified = cycle.map(({ from, to }) => ({
      ...compareShares(samples, 1 + place.get(from)!, place.get(to)!),
      samples: texts.length * PLACES * DRAWS,
    }));
    return {
      dictionary: id,
      features: cycle.map(({ from }) => from),
      edges: cycle.map(({ from, to, strength, lift, tokens }) => ({
        from,
        to,
        strength,
        lift,
        tokens: [...tokens],
      })),
      verified,
      holds: verified.every((edge) => edge.pinned - edge.plain > ERRORS * edge.standardError),
    };
  });
}

/** Whether there are texts enough to test a cycle on: each counts once, or errors would shrink with every repeat. */
export function canVerify(text: EvaluationText): boolean {
  return text.contexts.count >= LEAST_TEXTS;
}

/** As many texts as their predictions have room for, with each of some features held and without, in float64. */
export function textsAtOnce(features: number, vocabulary: number): number {
  const bytesOfText = PLACES * (1 + features) * vocabulary * 8;
  return Math.max(1, Math.min(BATCH, Math.floor(PREDICTION_BYTES / bytesOfText)));
}

/**
 * Contexts spread evenly over the text, none of them twice, each by its first token, with places spread evenly over it;
 * one token more fits after the last.
 */
export function evenTexts({ count, length }: { readonly count: number; readonly length: number }): {
  readonly first: number;
  readonly after: readonly number[];
}[] {
  const texts = Math.min(TEXTS, count);
  const after = Array.from({ length: PLACES }, (_, i) =>
    Math.max(0, Math.floor(((i + 1) * (length - 1)) / PLACES) - 1),
  );
  return Array.from({ length: texts }, (_, i) => ({
    first: Math.floor((i * count) / texts) * length,
    after,
  }));
}
