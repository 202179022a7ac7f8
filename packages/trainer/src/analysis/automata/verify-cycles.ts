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

/** Texts that tokens are sampled after, and how many are computed at once. */
const TEXTS = 64;
const BATCH = 32;
/** Tokens drawn after each text. */
const DRAWS = 32;
/** By how many standard errors pinning must raise a share. */
const ERRORS = 3;

export interface VerifyOptions {
  readonly text: EvaluationText;
  readonly seed: number;
  /** Largest activation of a feature. */
  readonly max: (feature: number) => number;
  readonly watch: () => void;
}

/**
 * Samples tokens after each of some texts and counts how often the next feature of a cycle fires on them, with every
 * feature of the cycles pinned to its largest activation in turn, and without. All are judged by the same tokens,
 * drawn from a mixture of all their predictions and weighted by how likely each makes them: what differs is the
 * pinning alone. A cycle holds when pinning raised the share on all of its edges by three standard errors.
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
  const steered = await SteeredModel.build(gpu, model, [{ id, dictionary, features }], BATCH, BATCH);
  const firing = await FiringProgram.build(gpu, model, dictionary, features, BATCH);
  const texts = beginnings(options.text, model.config.context);
  const held: Pins[] = [
    [],
    ...features.map((feature, place) => [{ dictionary: 0, place, value: options.max(feature) }]),
  ];
  const samples: TextSamples[] = [];
  for (let first = 0; first < texts.length; first += BATCH) {
    const batch = texts.slice(first, first + BATCH);
    const after = [batch[0]!.length - 1];
    const probabilities: Float64Array[][] = batch.map(() => []);
    for (const pins of held) {
      options.watch();
      const logits = await steered.predict(batch.map((tokens) => ({ tokens, pins, after })));
      logits.forEach((row, i) => probabilities[i]!.push(softmax(row)));
    }
    const drawn = probabilities.map((of, i) => drawMixed(of, DRAWS, uniforms(options.seed, 4, first + i)));
    const fired: boolean[][][] = batch.map(() => []);
    for (let draw = 0; draw < DRAWS; draw++) {
      options.watch();
      const longer = batch.map((tokens, i) => [...tokens, drawn[i]!.tokens[draw]!]);
      (await firing.fired(longer)).forEach((flags, i) => fired[i]!.push(flags));
    }
    drawn.forEach(({ weights }, i) => samples.push({ weights, fired: fired[i]! }));
  }
  steered.destroy();
  firing.destroy();
  const place = new Map(features.map((feature, i) => [feature, i]));
  return cycles.map((cycle) => {
    const verified = cycle.map(({ from, to }) => ({
      ...compareShares(samples, 1 + place.get(from)!, place.get(to)!),
      samples: texts.length * DRAWS,
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

/** The first part of contexts spread evenly over the text, one token shorter than a context. */
function beginnings(text: EvaluationText, context: number): number[][] {
  const { count, length } = text.contexts;
  return Array.from({ length: TEXTS }, (_, i) =>
    Array.from(text.read(Math.floor((i * count) / TEXTS) * length, Math.min(length, context - 1))),
  );
}
