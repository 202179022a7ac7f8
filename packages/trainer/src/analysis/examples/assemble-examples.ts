import type { ExampleInput, ExampleGroupInput } from '../../records/schema.ts';
import type { EvaluationText } from '../text/evaluation-text.ts';
import { bandOf, LEVELS } from './levels.ts';
import type { ShownActivations } from './shown-activations.ts';
import { ShownByFeature } from './shown-by-feature.ts';
import type { Survey } from './survey.ts';
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
  groupsOf(feature: number, max: number): ExampleGroupInput[] {
    if (max === 0) return [];
    const { top, levels, bottom, random } = this.#survey.tokensOf(feature);
    const shown = new Set<string>();
    const examples = (tokens: readonly number[]): ExampleInput[] =>
      tokens.map((token) => {
        const example = this.#example(feature, token, max);
        const text = `${example.tokens.join()} ${example.at}`;
        const duplicate = shown.has(text);
        shown.add(text);
        return { ...example, duplicate };
      });
    const groups: ExampleGroupInput[] = [
      {
        kind: 'top',
        from: this.#survey.topBound(feature),
        to: max,
        activeTokens: this.#shown.above[feature]!,
        examples: examples(top),
      },
    ];
    levels.forEach((tokens, level) => {
      const { from, to } = bandOf(level);
      groups.push({
        kind: 'interval',
        level,
        from: max * from,
        to: max * to,
        activeTokens: this.#survey.levelCounts[feature * LEVELS + level]!,
        examples: examples(tokens),
      });
    });
    if (bottom.length > 0)
      groups.push({
        kind: 'bottom',
        ...this.#survey.bottomRange(feature),
        activeTokens: bottom.length,
        examples: examples(bottom),
      });
    if (random.length > 0)
      groups.push({
        kind: 'random',
        from: 0,
        to: max,
        activeTokens: this.#active[feature]!,
        examples: examples(random),
      });
    return groups;
  }

  #example(feature: number, token: number, max: number): ExampleInput {
    const { start, end } = windowAround(token, this.#options.window, this.#options.context);
    const length = end - start;
    const activations = Array.from({ length }, () => 0);
    const lossChange = Array.from({ length }, (): number | null => null);
    const logitChanges = lossChange.map((): NonNullable<ExampleInput['logitChanges']>[number] => null);
    const { tokens, values, lossChanges, wanted, logits } = this.#shown;
    const round = rounding(max);
    for (const entry of this.#byFeature.entries(feature, start - 1, end)) {
      const place = tokens[entry]! - start;
      if (place >= 0) activations[place] = round(values[entry]!);
      const change = lossChanges[entry]!;
      if (place + 1 < length && this.#options.measured && !Number.isNaN(change)) {
        lossChange[place + 1] = Math.round(change * LOSS_SCALE) / LOSS_SCALE || 0;
        const near = Math.abs(start + place + 1 - token) <= this.#options.logitRadius;
        if (near && wanted[entry] === LOGITS) logitChanges[place + 1] = logits.of(entry);
      }
    }
    const { id, domain } = this.#text.documentAt(token);
    return {
      tokens: Array.from(this.#text.read(start, length)),
      activations,
      lossChange,
      logitChanges: this.#options.measured ? logitChanges : null,
      at: token - start,
      document: id,
      domain,
    };
  }
}

/** Rounds a feature's activations to five digits of its largest, or four of their own where they are very small. */
function rounding(max: number): (value: number) => number {
  const scale = 10 ** Math.max(0, 5 - Math.ceil(Math.log10(max)));
  return (value) => {
    const rounded = Math.round(value * scale) / scale;
    return value * scale >= 50 ? rounded : Number(value.toPrecision(4));
  };
}
