import type { DictionaryRecord, Exam, ExamPassage, FeatureInput } from '../../records/schema.ts';
import type { TextTokenizer } from '../../tokens/tokenizer.ts';
import { uniforms, wordOf } from '../../random/seeded.ts';
import type { LogitWeights } from '../effects/logit-weights.ts';
import { collectShown, type ShownActivations } from '../examples/shown-activations.ts';
import { ShownByFeature } from '../examples/shown-by-feature.ts';
import type { Survey } from '../examples/survey.ts';
import type { Window } from '../examples/window.ts';
import type { FeatureSource } from '../feature-source.ts';
import { toDigits } from '../to-digits.ts';
import type { EvaluationText, StudyDomain } from '../text/evaluation-text.ts';
import { explainByRule, RULES } from './by-rule.ts';
import { chooseExamples, intervalName, type Candidates, type ChosenExample } from './choose-examples.ts';
import { ChosenByFeature } from './chosen-by-feature.ts';
import { VocabularyClasses } from './logit-words.ts';
import { IntervalCounts } from './interval-consistency.ts';
import { Occurrences } from './occurrences.ts';
import { PassageReader, type Passage } from './passage.ts';
import { activationScore, logitQuestions, logitScore, type LogitQuestion } from './score.ts';

export type Explanation = NonNullable<FeatureInput['explanations']>[number];

const RANDOM_EXAMPLES = 15;
const OUT_OF_CONTEXT_EXAMPLES = 30;
/** Fewer examples than this are not explained, as in the paper. */
const LEAST_EXAMPLES = 20;
/** Tokens with the largest logit weights that an explainer is shown. */
const SHOWN_LOGITS = 10;

/** What all features of a study are explained with. */
export interface ExplainContext {
  readonly text: EvaluationText;
  readonly tokenizer: TextTokenizer;
  readonly occurrences: Occurrences;
  readonly passages: PassageReader;
  readonly vocabulary: VocabularyClasses;
  /** What the study calls kinds of text that have one label, by that. */
  readonly domains: ReadonlyMap<string, string>;
  readonly seed: number;
}

/** Reads the text once, for everything that explanations need of it. */
export function explainContext(
  text: EvaluationText,
  tokenizer: TextTokenizer,
  domains: readonly StudyDomain[],
  seed: number,
  watch: () => void,
): ExplainContext {
  const bytes = Array.from({ length: tokenizer.size }, (_, id) => tokenizer.tokenBytes(id));
  // The token between documents is no text, whatever it is spelled as.
  bytes[tokenizer.endOfText] = new Uint8Array(0);
  const passages = new PassageReader(bytes);
  return {
    text,
    tokenizer,
    occurrences: Occurrences.of(text, tokenizer.size, seed, watch),
    passages,
    vocabulary: new VocabularyClasses(passages.classes),
    domains: new Map(
      domains.flatMap(({ name, corpusDomains: [label, ...others] }) =>
        label === undefined || others.length > 0 ? [] : [[label, name] as const],
      ),
    ),
    seed,
  };
}

/** Explains the features of one dictionary and scores what it says; one pass over its activations. */
export class SourceExplainer {
  readonly #source: FeatureSource;
  readonly #context: ExplainContext;
  readonly #logitWeights: LogitWeights;
  readonly #chosen: ChosenByFeature;
  readonly #shown: ShownActivations;
  readonly #byFeature: ShownByFeature;
  readonly #intervals = new IntervalCounts();

  /** @param watch called often; throws to stop */
  constructor(
    source: FeatureSource,
    survey: Survey,
    logitWeights: LogitWeights,
    context: ExplainContext,
    watch: () => void,
  ) {
    this.#source = source;
    this.#context = context;
    this.#logitWeights = logitWeights;
    const { text } = context;
    this.#chosen = new ChosenByFeature(source.features, (feature) => {
      if (feature % 64 === 0) watch();
      const candidates = candidatesOf(source, survey, context, feature);
      if (candidates === null) return null;
      return chooseExamples(
        candidates,
        text.contexts.length,
        wordOf(`${context.seed} ${source.id} ${feature}`),
        ({ start, end }) => text.read(start, end - start).join(),
      );
    });
    this.#shown = collectShown(
      source.entries,
      text.contexts.length,
      (each) => {
        for (let feature = 0; feature < source.features; feature++) {
          const chosen = this.#chosen.of(feature);
          for (const window of [...(chosen?.study ?? []), ...(chosen?.test ?? [])]) each(feature, window);
        }
      },
      new Float64Array(source.features).fill(Infinity),
      watch,
    );
    this.#byFeature = new ShownByFeature(this.#shown, source.features);
  }

  /** Explanations of a feature with their scores; none where there are too few examples. */
  explain(feature: number): Explanation[] {
    const chosen = this.#chosen.of(feature);
    if (chosen === null) return [];
    const { vocabulary, passages, domains } = this.#context;
    const ranked = this.#logitWeights.ranked(feature);
    const evidence = {
      passages: chosen.study.map((window) => this.#passage(feature, window)),
      max: this.#source.sums.max[feature]!,
      strongestLogits: ranked.slice(0, SHOWN_LOGITS),
    };
    const hypothesis = explainByRule(evidence, vocabulary, passages, domains);
    const tested = chosen.test.map((window) => this.#passage(feature, window));
    for (const [i, passage] of tested.entries()) {
      const { group } = chosen.test[i]!;
      this.#intervals.add({ ...passage, group }, hypothesis.simulate(passage), evidence.max);
    }
    return [
      {
        explainer: RULES,
        text: hypothesis.text,
        activationScore: activationScore(hypothesis, tested),
        logitScore: logitScore(hypothesis, this.#questions(feature)),
      },
    ];
  }

  /** How consistent the intervals of all features are that were explained. */
  intervalConsistency(): DictionaryRecord['intervalConsistency'] {
    return this.#intervals.finish();
  }

  /** What another explainer may study of a feature and is judged by: the same examples and questions. */
  examOf(feature: number): Exam | null {
    const chosen = this.#chosen.of(feature);
    if (chosen === null) return null;
    const asExam = (window: ChosenExample): ExamPassage => {
      const { tokens, activations } = this.#tokensOf(feature, window);
      return {
        group: window.group,
        tokens,
        activations: activations.map((value) => toDigits(value, 4)),
      };
    };
    const { top, bottom } = this.#logitWeights.of(feature);
    return {
      max: this.#source.sums.max[feature]!,
      study: chosen.study.map(asExam),
      test: chosen.test.map(asExam),
      strongestLogits: top.slice(0, SHOWN_LOGITS).map(({ token }) => token),
      weakestLogits: bottom.slice(0, SHOWN_LOGITS).map(({ token }) => token),
      questions: this.#questions(feature),
    };
  }

  #questions(feature: number): LogitQuestion[] {
    const { tokenizer, seed } = this.#context;
    const uniform = uniforms(seed, wordOf(this.#source.id), feature);
    return logitQuestions(this.#logitWeights.ranked(feature), tokenizer.size, uniform);
  }

  #tokensOf(feature: number, { start, end }: Window): { tokens: number[]; activations: number[] } {
    const tokens = this.#context.text.list(start, end - start);
    const activations = Array<number>(tokens.length).fill(0);
    this.#byFeature.each(feature, start, end, (entry) => {
      activations[this.#shown.tokens[entry]! - start] = this.#shown.values[entry]!;
    });
    return { tokens, activations };
  }

  #passage(feature: number, window: Window): Passage {
    const { text, passages } = this.#context;
    const { tokens, activations } = this.#tokensOf(feature, window);
    const { classes, domain } = passages.read(tokens, text.kindAt(window.start));
    return { tokens, classes, domain, activations };
  }
}

/** Null where the feature has fewer examples than it takes. */
function candidatesOf(
  source: FeatureSource,
  survey: Survey,
  { text, occurrences, seed }: ExplainContext,
  feature: number,
): Candidates | null {
  if (source.sums.active[feature]! < LEAST_EXAMPLES) return null;
  const { top, levels, bottom } = survey.tokensOf(feature);
  const { tokens: everywhere } = text.contexts;
  const uniform = uniforms(seed, wordOf(source.id), feature, 1);
  const random = Array.from({ length: RANDOM_EXAMPLES }, () => Math.floor(uniform() * everywhere));
  const kinds = [...new Set(top.map((token) => text.read(token, 1)[0]!))];
  const outOfContext: number[] = [];
  for (let round = 0; outOfContext.length < OUT_OF_CONTEXT_EXAMPLES; round++) {
    const found = kinds.flatMap((kind) => occurrences.placesOf(kind)[round] ?? []);
    if (found.length === 0) break;
    outOfContext.push(...found);
  }
  return {
    top,
    groups: [
      ...levels.map((tokens, level) => ({ name: intervalName(level), tokens })),
      { name: 'bottom', tokens: bottom },
    ],
    random,
    outOfContext: outOfContext.slice(0, OUT_OF_CONTEXT_EXAMPLES),
  };
}
