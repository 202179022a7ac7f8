import type { Evidence, Hypothesis } from './explainer.ts';
import { fitRule } from './fit-rule.ts';
import type { VocabularyClasses } from './logit-words.ts';
import { describe, simulate } from './rule.ts';

/** Name of the built-in explainer in the records. */
export const RULES = 'rules';

/**
 * Explains a feature without a language model: by the rule over tokens, kinds of tokens, what comes before and the
 * domain of the text that fits its examples best, and by the kind of tokens that it makes likelier.
 *
 * @param spell a token as people would write it
 */
export function explainByRule(
  { passages, strongestLogits }: Evidence,
  vocabulary: VocabularyClasses,
  spell: (token: number) => string,
): Hypothesis {
  const rule = fitRule(passages);
  const says = strongestLogits.length === 0 ? null : vocabulary.nameOf(strongestLogits);
  const odds = vocabulary.odds(strongestLogits);
  return {
    text: [
      rule === null ? 'fires by no rule found' : describe(rule, spell),
      ...(says === null ? [] : [`makes ${says} likelier`]),
    ].join('; '),
    simulate: (text) => (rule === null ? text.tokens.map(() => 0) : simulate(rule, text)),
    expects: (token) => odds(token) > 0,
  };
}
