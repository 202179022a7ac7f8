import { isOfClass, TOKEN_CLASSES } from './token-classes.ts';
import type { Text } from './passage.ts';

/** What a rule says of the token itself: how active the feature is on it where everything else holds. */
export type Head =
  /** Some tokens, each with its level. */
  | { readonly kind: 'tokens'; readonly levels: ReadonlyMap<number, number> }
  | { readonly kind: 'class'; readonly tokenClass: number; readonly level: number }
  /** Any token; a rule with this head has a condition. */
  | { readonly kind: 'any'; readonly level: number };

/** What a rule says of what is around the token. Features of a causal model can depend on what comes before alone. */
export type Condition =
  | { readonly kind: 'after-tokens'; readonly tokens: ReadonlySet<number> }
  | { readonly kind: 'after-class'; readonly tokenClass: number }
  /** The token and the two before it are of a class, as far as the passage shows them. */
  | { readonly kind: 'run'; readonly tokenClass: number }
  | { readonly kind: 'domain'; readonly domain: string };

/** A hypothesis about a feature that says how active it is on every token of a text. */
export interface Rule {
  readonly head: Head;
  readonly conditions: readonly Condition[];
}

/** Whether what comes before a token of a text is as a condition says. */
export function holds(condition: Condition, text: Text, at: number): boolean {
  switch (condition.kind) {
    case 'after-tokens':
      return at > 0 && condition.tokens.has(text.tokens[at - 1]!);
    case 'after-class':
      return at > 0 && isOfClass(text.classes, at - 1, condition.tokenClass);
    case 'run': {
      const from = Math.max(0, at - 2);
      for (let i = from; i <= at; i++) if (!isOfClass(text.classes, i, condition.tokenClass)) return false;
      return at > from;
    }
    case 'domain':
      return text.domain === condition.domain;
  }
}

/** How active a rule expects its feature to be on each token of a text. */
export function simulate(rule: Rule, text: Text): number[] {
  return text.tokens.map((token, at) => {
    if (!rule.conditions.every((condition) => holds(condition, text, at))) return 0;
    const { head } = rule;
    if (head.kind === 'tokens') return head.levels.get(token) ?? 0;
    return head.kind === 'any' || isOfClass(text.classes, at, head.tokenClass) ? head.level : 0;
  });
}

/** Tokens that a description names at most. */
const NAMED = 4;

/**
 * A rule in words, as "`the` after a preposition in legal".
 *
 * @param spell a token as people would write it
 */
export function describe(rule: Rule, spell: (token: number) => string): string {
  const { head, conditions } = rule;
  const parts: string[] = [];
  const run = conditions.find((condition) => condition.kind === 'run');
  if (head.kind === 'tokens') parts.push(tokensInWords(byLevel(head.levels), spell));
  else if (head.kind === 'class') parts.push(TOKEN_CLASSES[head.tokenClass]!.several);
  else if (run === undefined) parts.push('any token');
  for (const condition of conditions) {
    if (condition.kind === 'after-tokens') parts.push(`after ${tokensInWords([...condition.tokens], spell)}`);
    if (condition.kind === 'after-class') parts.push(`after ${TOKEN_CLASSES[condition.tokenClass]!.one}`);
  }
  if (run?.kind === 'run') {
    const { several } = TOKEN_CLASSES[run.tokenClass]!;
    const name = several.startsWith('runs of') ? several : `runs of ${several}`;
    const same = head.kind === 'class' && head.tokenClass === run.tokenClass;
    if (same || head.kind === 'any') parts.splice(0, head.kind === 'any' ? 0 : 1, name);
    else parts.push(`in ${name}`);
  }
  for (const condition of conditions)
    if (condition.kind === 'domain') parts.push(`in ${condition.domain} text`);
  return parts.join(' ');
}

/** Tokens of a head, the most active first. */
export function byLevel(levels: ReadonlyMap<number, number>): number[] {
  return [...levels].sort(([a, x], [b, y]) => y - x || a - b).map(([token]) => token);
}

function tokensInWords(tokens: readonly number[], spell: (token: number) => string): string {
  const names = [...new Set(tokens.map((token) => spell(token)))];
  const shown = names.slice(0, NAMED);
  if (names.length > NAMED) return `${shown.join(', ')} and ${names.length - NAMED} more`;
  return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}` : shown[0]!;
}
