import type { StudyDictionary } from '../../config/schema.ts';
import type { LambdaRule } from '../lambda-control.ts';
import { april2024 } from './april-2024.ts';
import type { Architecture } from './architecture.ts';
import { batchtopk } from './batchtopk.ts';
import { gated } from './gated.ts';
import { jumprelu } from './jumprelu.ts';
import { matryoshka } from './matryoshka.ts';
import { paper } from './paper.ts';
import type { TopKOptions } from './record-topk.ts';
import { topk } from './topk.ts';

/** α of AuxK (Gao et al. 2024). */
const AUXILIARY_COEFFICIENT = 1 / 32;
/** Shares of the features in Matryoshka's prefixes: each group is about twice the one before. */
const PREFIX_FRACTIONS = [1 / 32, 3 / 32, 7 / 32, 15 / 32, 1];
/** Width of the rectangle that gives JumpReLU's thresholds their gradients. */
const BANDWIDTH = 0.05;

/**
 * The architecture that a dictionary of a study asks for.
 *
 * @param width A
 * @param deadAfter vectors without firing after which a feature is dead
 */
export function architectureOf(item: StudyDictionary, width: number, deadAfter: number): Architecture {
  const features = Math.round(item.expansion * width);
  switch (item.architecture) {
    case 'paper':
      return paper();
    case 'april-2024':
      return april2024();
    case 'gated':
      return gated();
    case 'jumprelu':
      return jumprelu({ penalty: item.penalty ?? 'tanh', bandwidth: item.bandwidth ?? BANDWIDTH });
    case 'topk':
      return topk(topKOptions(item, width, deadAfter));
    case 'batchtopk':
      return batchtopk(topKOptions(item, width, deadAfter));
    case 'matryoshka':
      return matryoshka(
        topKOptions(item, width, deadAfter),
        prefixesOf(item.prefixFractions ?? PREFIX_FRACTIONS, features),
      );
  }
}

function topKOptions(item: StudyDictionary, width: number, deadAfter: number): TopKOptions {
  const coefficient = item.auxiliaryCoefficient ?? AUXILIARY_COEFFICIENT;
  const k = item.auxiliaryK ?? Math.ceil(width / 2);
  return { k: item.k!, auxiliary: coefficient === 0 ? null : { k, coefficient, deadAfter } };
}

/** Numbers of features, each at least one more than the one before; a small dictionary has fewer prefixes. */
function prefixesOf(fractions: readonly number[], features: number): number[] {
  const prefixes: number[] = [];
  for (const fraction of fractions) {
    const count = Math.round(fraction * features);
    if (count > (prefixes.at(-1) ?? 0)) prefixes.push(count);
  }
  return prefixes;
}

/** The learning rate at RATE_FEATURES features from which the others follow, as dictionary_learning has it. */
const RATE = 2e-4;
const RATE_FEATURES = 2 ** 14;

/**
 * Peak learning rate of a dictionary: its own, or the one that all share. Those that choose the largest activations have
 * one by their width, in proportion to 1/√F (Gao et al. 2024, figure 3).
 *
 * @param features F
 * @param shared for architectures that have no such rule
 */
export function learningRateOf(
  { architecture, learningRate }: StudyDictionary,
  features: number,
  shared: number,
): number {
  if (learningRate !== undefined) return learningRate;
  const ruled = architecture === 'topk' || architecture === 'batchtopk' || architecture === 'matryoshka';
  return ruled ? RATE * Math.sqrt(RATE_FEATURES / features) : shared;
}

/** How far thresholds can move in a run, in units of activations, of which a pre-activation varies by about one. */
const THRESHOLD_TRAVEL = 4;

/**
 * How many times the learning rate is that of JumpReLU's thresholds. They are far longer than an entry of a row, and a
 * step of Adam is the same for both: in a short run they would end where the rate let them, whatever was asked of them.
 * A tanh penalty of a given lambda, which shrinks activations too, asks nothing of them that they could not do.
 */
export function thresholdFactorOf(
  { architecture, penalty, targetL0 }: StudyDictionary,
  steps: number,
  rate: number,
): number {
  return architecture === 'jumprelu' && (penalty === 'step' || targetL0 !== undefined)
    ? Math.max(1, THRESHOLD_TRAVEL / (steps * rate))
    : 1;
}

/**
 * How many times its target the L0 of a dictionary is at the start, at least: a young one loses active features before it
 * gains any. JumpReLU's thresholds rise slowly, and have the less to do the nearer they start.
 */
const ABOVE_TARGET = { threshold: 1, penalty: 2 } as const;
/** No dictionary has to start with more of its features active than this. */
const LARGEST_START = 0.5;

/**
 * Share of a sample on which each feature is active at the start.
 *
 * @param features F
 * @param given for dictionaries without a target that asks for more
 */
export function startDensityOf(
  { architecture, targetL0 = 0 }: StudyDictionary,
  features: number,
  given: number,
): number {
  const above = ABOVE_TARGET[architecture === 'jumprelu' ? 'threshold' : 'penalty'];
  return Math.max(given, Math.min(LARGEST_START, (above * targetL0) / features));
}

/** How lambda of a dictionary is found. */
export function lambdaRuleOf(item: StudyDictionary, width: number): LambdaRule {
  if (item.targetL0 === undefined)
    return { kind: 'given', lambda: item.l1Coefficient ?? item.l0Coefficient ?? 0 };
  if (item.architecture === 'jumprelu')
    return { kind: 'descent', l0: item.targetL0, squaredNorm: width, penalty: item.penalty ?? 'tanh' };
  return { kind: 'target', l0: item.targetL0 };
}
