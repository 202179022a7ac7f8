import type { Gpu } from '@monosema/engine';
import type { AutomataRecord } from '../../records/schema.ts';
import type { Dictionary } from '../../dictionary/dictionary.ts';
import { uniforms } from '../../random/seeded.ts';
import { draw } from '../../sampling/continue-text.ts';
import { SteeredModel, type Pins, type SampledModel } from '../../sampling/steered-model.ts';
import type { EvaluationText } from '../text/evaluation-text.ts';
import type { AutomatonEdge } from './measure-edges.ts';
import { FiringProgram } from './firing-program.ts';

type Cycle = AutomataRecord['cycles'][number];

/** Texts that each feature is pinned in. */
const TEXTS = 32;
/** Tokens drawn after each text. */
const DRAWS = 16;

export interface VerifyOptions {
  readonly text: EvaluationText;
  readonly seed: number;
  /** Largest activation of a feature. */
  readonly max: (feature: number) => number;
  readonly watch: () => void;
}

/**
 * Samples tokens after each of some texts with every feature of the cycles pinned to its largest activation, and
 * without, and counts how often the next feature of the cycle fires on it. A cycle holds when pinning raised the
 * share on all of its edges.
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
  const { config } = model;
  const steered = await SteeredModel.build(gpu, model, [{ id, dictionary, features }], TEXTS, TEXTS);
  const firing = await FiringProgram.build(gpu, model, dictionary, features, TEXTS);
  const texts = beginnings(options.text, config.context);
  const shares = async (pins: Pins): Promise<Float64Array> => {
    options.watch();
    const random = uniforms(options.seed, 4);
    const after = [texts[0]!.length - 1];
    const logits = await steered.predict(texts.map((tokens) => ({ tokens, pins, after })));
    const totals = new Float64Array(features.length);
    for (let time = 0; time < DRAWS; time++) {
      const longer = texts.map((tokens, i) => [...tokens, draw(logits[i]!, random())]);
      (await firing.shares(longer)).forEach((share, j) => (totals[j]! += share / DRAWS));
    }
    return totals;
  };
  const plain = await shares([]);
  const pinned = new Map<number, Float64Array>();
  for (const [place, feature] of features.entries())
    pinned.set(feature, await shares([{ dictionary: 0, place, value: options.max(feature) }]));
  steered.destroy();
  firing.destroy();
  return cycles.map((cycle) => {
    const verified = cycle.map(({ from, to }) => ({
      pinned: pinned.get(from)![features.indexOf(to)]!,
      plain: plain[features.indexOf(to)]!,
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
      holds: verified.every((edge) => edge.pinned > edge.plain),
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
