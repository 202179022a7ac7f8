import type { ExampleInput, ExampleGroupInput } from '../../records/schema.ts';
import type { EvaluationText } from '../text/evaluation-text.ts';
import type { ShownActivations } from './shown-activations.ts';
import { ShownByFeature } from './shown-by-feature.ts';
import type { Survey } from './survey.ts';
import { windowAround } from './window.ts';

export interface ExampleOptions {
  /** T */
  readonly context: number;
  /** Tokens of an example. */
  readonly window: number;
  /** False where changes of loss were not measured. */
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
  readonly #byFeature: ShownByFeature;

  constructor(
    survey: Survey,
    shown: ShownActivations,
    features: number,
    text: EvaluationText,
    options: ExampleOptions,
  ) {
    this.#survey = survey;
    this.#shown = shown;
    this.#text = text;
    this.#options = options;
    this.#byFeature = new ShownByFeature(shown, features);
  }

  /** The groups of a feature: the strongest, then the intervals from the highest to the lowest; none when it is dead. */
  groupsOf(feature: number, max: number): ExampleGroupInput[] {
    if (max === 0) return [];
    const { strongest, intervals } = this.#survey;
    const top = strongest.of(feature);
    const example = (token: number) => this.#example(feature, token, max);
    const groups: ExampleGroupInput[] = [
      {
        kind: 'top',
        from: top.at(-1)!.value,
        to: max,
        activeTokens: this.#shown.above[feature]!,
        examples: top.map(({ token }) => example(token)),
      },
    ];
    for (let band = intervals.bands - 1; band >= 0; band--) {
      groups.push({
        kind: 'interval',
        from: (max * band) / intervals.bands,
        to: (max * (band + 1)) / intervals.bands,
        activeTokens: intervals.count(feature, band),
        examples: intervals
          .of(feature, band)
          .map(example)
          .sort((a, b) => b.activations[b.at]! - a.activations[a.at]!),
      });
    }
    return groups;
  }

  #example(feature: number, token: number, max: number): ExampleInput {
    const { start, end } = windowAround(token, this.#options.window, this.#options.context);
    const length = end - start;
    const activations = Array.from({ length }, () => 0);
    const lossChange = Array.from({ length }, (): number | null => null);
    const { tokens, values, lossChanges } = this.#shown;
    const round = rounding(max);
    for (const entry of this.#byFeature.entries(feature, start - 1, end)) {
      const place = tokens[entry]! - start;
      if (place >= 0) activations[place] = round(values[entry]!);
      const change = lossChanges[entry]!;
      if (place + 1 < length && this.#options.measured && !Number.isNaN(change)) {
        lossChange[place + 1] = Math.round(change * LOSS_SCALE) / LOSS_SCALE || 0;
      }
    }
    const { id, domain } = this.#text.documentAt(token);
    return {
      tokens: Array.from(this.#text.read(start, length)),
      activations,
      lossChange,
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
