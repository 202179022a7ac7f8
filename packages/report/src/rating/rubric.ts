/** One question of the rubric: what is asked, and the numbers that answer it. */
export interface Question {
  key: keyof Scores;
  text: string;
  most: number;
  /** What the lowest and the highest number mean. */
  ends: readonly [string, string];
}

/** A rater's numbers for one interval of one unit. */
export interface Scores {
  confidence: number;
  activations: number;
  logits: number;
  separation: number;
  specificity: number;
}

/**
 * The rubric of Bricken et al. 2023 (appendix on the human analysis), in its order. Separation is asked only where
 * the likelier tokens do not all fit, so that the most is 14.
 */
export const RUBRIC: readonly Question[] = [
  {
    key: 'confidence',
    text: 'How sure are you of what it means?',
    most: 3,
    ends: ['no idea', 'certain'],
  },
  {
    key: 'activations',
    text: 'How well do the framed tokens of this interval fit that meaning?',
    most: 5,
    ends: ['none does', 'all do'],
  },
  {
    key: 'logits',
    text: 'How well do the tokens that it makes likelier fit?',
    most: 3,
    ends: ['none does', 'all do'],
  },
  {
    key: 'separation',
    text: 'Do those that fit have the longer bars?',
    most: 1,
    ends: ['no', 'yes'],
  },
  {
    key: 'specificity',
    text: 'How specific is the meaning?',
    most: 3,
    ends: ['almost any text', 'one narrow thing'],
  },
];

/** The most that an interval can get. */
export const MOST = 14;

/** Whether a question is asked, given the numbers so far. */
export function isAsked({ key }: Question, scores: Partial<Scores>): boolean {
  const logits = RUBRIC.find((question) => question.key === 'logits')?.most ?? 0;
  return key !== 'separation' || (scores.logits !== undefined && scores.logits < logits);
}

/** The scores once every question that is asked has its number; undefined before. */
export function complete(scores: Partial<Scores>): Scores | undefined {
  const { confidence, activations, logits, specificity } = scores;
  if (
    confidence === undefined ||
    activations === undefined ||
    logits === undefined ||
    specificity === undefined
  )
    return undefined;
  const asked = RUBRIC.some((question) => question.key === 'separation' && isAsked(question, scores));
  if (asked && scores.separation === undefined) return undefined;
  return { confidence, activations, logits, separation: asked ? (scores.separation ?? 0) : 0, specificity };
}

/** Sum of the scores, 0 to 14. */
export function total(scores: Scores): number {
  return RUBRIC.reduce((sum, { key }) => sum + scores[key], 0);
}
