import type { Example, ExampleGroup } from '../../records/schema.ts';
import type { EvaluationText } from '../text/evaluation-text.ts';
import { bandOf, LEVELS } from './levels.ts';
import type { ShownActivations } from './shown-activations.ts';
import { ShownByFeature } from './shown-by-feature.ts';
import type { Survey } from './survey.ts';
import { toDigits } from '../to-digits.ts';
import { LOGITS } from './wanted.ts';
import { windowAround } from './window.ts';

export interface ExampleOptions {
  /** T */
  readonly context: number;
  /** Tokens of an example. */
  readonly window: number;
  /** Tokens either side of an example's own for whose prediction changes of logits are given. */
  readonly logitRadius: number;
  /** False where changes of losses and logits were not measured. */
  readonly measured: boolean;
}

/** Decimals of a change of loss in nats. */
const LOSS_SCALE = 1e4;

/** Makes the example groups of one dictionary's features from what was collected for them. */
export class ExampleAssembler {
  readonly #survey: Survey;
  readonly #shown: ShownActivations;
  readonly #text: EvaluationText;
  readonly #options: ExampleOptions;
  /** (F) active tokens. */
  readonly #active: Float64Array;
  readonly #byFeature: ShownByFeature;

  constructor(
    survey: Survey,
    shown: ShownActivations,
    active: Float64Array,
    text: EvaluationText,
    options: ExampleOptions,
  ) {
    this.#survey = survey;
    this.#shown = shown;
    this.#text = text;
    this.#options = options;
    this.#active = active;
    this.#byFeature = new ShownByFeature(shown, active.length);
  }

  /** The groups of a feature: the strongest, the intervals from the highest down, the weakest, random; none when it is dead. */
  groupsOf(feature: number, max: number): ExampleGroup[] {
    if (max === 0) return [];
    const { top, levels, bottom, random } = this.#survey.tokensOf(feature);
    const shown = new Set<string>();
    const round = rounding(max);
    const examples = (tokens: readonly number[]): Example[] =>
      tokens.map((token) => this.#example(feature, token, round, shown));
    const groups: ExampleGroup[] = [
      {
        kind: 'top',
        level: null,
        from: this.#survey.topBound(feature),
        to: max,
        activeTokens: this.#shown.above[feature]!,
        examples: examples(top),
      },
    ];
    levels.forEach((tokens, level) => {
      const { from, to } = bandOf(level);
      const activeTokens = this.#survey.levelCounts[feature * LEVELS + level]!;
      groups.push({
        kind: 'interval',
        level,
        from: max * from,
        to: max * to,
        activeTokens,
        examples: examples(tokens),
      });
    });
    if (bottom.length > 0)
      groups.push({
        kind: 'bottom',
        level: null,
        ...this.#survey.bottomRange(feature),
        activeTokens: bottom.length,
        examples: examples(bottom),
      });
    if (random.length > 0)
      groups.push({
        kind: 'random',
        level: null,
        from: 0,
        to: max,
        activeTokens: this.#active[feature]!,
        examples: examples(random),
      });
    return groups;
  }

  /** @param shown of the feature's earlier examples, what makes two alike; this one's is added */
  #example(feature: number, token: number, round: (value: number) => number, shown: Set<string>): Example {
    const { window, context, measured, logitRadius } = this.#options;
    const { start, end } = windowAround(token, window, context);
    const length = end - start;
    const activations = Array<number>(length).fill(0);
    const lossChange = Array<number | null>(length).fill(null);
    const logitChanges = Array<NonNullable<Example['logitChanges']>[number]>(length).fill(null);
    const { tokens, values, lossChanges, wanted, logits } = this.#shown;
    this.#byFeature.each(feature, start - 1, end, (entry) => {
      const place = tokens[entry]! - start;
      if (place >= 0) activations[place] = round(values[entry]!);
      const change = lossChanges[entry]!;
      if (place + 1 >= length || !measured || Number.isNaN(change)) return;
      lossChange[place + 1] = Math.round(change * LOSS_SCALE) / LOSS_SCALE || 0;
      const near = Math.abs(start + place + 1 - token) <= logitRadius;
      if (near && wanted[entry] === LOGITS) logitChanges[place + 1] = logits.of(entry);
    });
    const { id, domain } = this.#text.documentAt(token);
    const read = this.#text.list(start, length);
    const at = token - start;
    const text = `${read.join()} ${at}`;
    const duplicate = shown.has(text);
    shown.add(text);
    return {
      tokens: read,
      activations,
      lossChange,
      logitChanges: measured ? logitChanges : null,
      at,
      document: id,
      domain,
      duplicate,
    };
  }
}

/** Rounds a feature's activations to five digits of its largest, or four of their own where they are very small. */
function rounding(max: number): (value: number) => number {
  const scale = 10 ** Math.max(0, 5 - Math.ceil(Math.log10(max)));
  return (value) => {
    const rounded = Math.round(value * scale) / scale;
    return value * scale >= 50 ? rounded : toDigits(value, 4);
  };
}
