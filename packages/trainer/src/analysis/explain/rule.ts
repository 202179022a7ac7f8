import { isOfClass } from './token-classes.ts';
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
