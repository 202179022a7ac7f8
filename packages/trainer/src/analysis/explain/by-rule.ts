import type { Evidence, Hypothesis } from './explainer.ts';
import { fitRule } from './fit-rule.ts';
import type { VocabularyClasses } from './logit-words.ts';
import type { PassageReader } from './passage.ts';
import { simulate } from './rule.ts';
import { describe } from './rule-in-words.ts';
import { TokenNames } from './token-names.ts';

/** Name of the built-in explainer in the records. */
export const RULES = 'rules';

/**
 * Explains a feature without a language model: by the rule over tokens, kinds of tokens, what comes before and the
 * domain of the text that fits its examples best, and by the kind of tokens that it makes likelier.
 *
 * @param domains what kinds of text are called, by their label
 */
export function explainByRule(
  { passages, strongestLogits }: Evidence,
  vocabulary: VocabularyClasses,
  reader: PassageReader,
  domains: ReadonlyMap<string, string>,
): Hypothesis {
  const rule = fitRule(passages);
  const says = strongestLogits.length === 0 ? null : vocabulary.nameOf(strongestLogits);
  const odds = vocabulary.odds(strongestLogits);
  const names = new TokenNames(reader, vocabulary, passages, domains);
  return {
    text: [
      rule === null ? 'fires by no rule found' : describe(rule, names),
      ...(says === null ? [] : [`makes ${says} likelier`]),
    ].join('; '),
    simulate: (text) => (rule === null ? text.tokens.map(() => 0) : simulate(rule, text)),
    expects: (token) => odds(token) > 0,
  };
}
