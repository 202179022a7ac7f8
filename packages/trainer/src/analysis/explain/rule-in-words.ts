import type { Rule } from './rule.ts';
import type { TokenNames } from './token-names.ts';
import { TOKEN_CLASSES } from './token-classes.ts';

/** Tokens, or groups of them, that a description names at most, and tokens of a group. */
const NAMED = 4;

/** A rule in words, as "`the` after a preposition in legal text". */
export function describe(rule: Rule, names: TokenNames): string {
  const { head, conditions } = rule;
  const parts: string[] = [];
  const run = conditions.find((condition) => condition.kind === 'run');
  if (head.kind === 'tokens') parts.push(tokensInWords(byLevel(head.levels), names));
  else if (head.kind === 'class') parts.push(TOKEN_CLASSES[head.tokenClass]!.several);
  else if (run === undefined) parts.push('any token');
  for (const condition of conditions) {
    if (condition.kind === 'after-tokens') parts.push(`after ${tokensInWords([...condition.tokens], names)}`);
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
function byLevel(levels: ReadonlyMap<number, number>): number[] {
  return [...levels].sort(([a, x], [b, y]) => y - x || a - b).map(([token]) => token);
}

/** Tokens that are named together. */
interface Group {
  /** Null for a token by itself. */
  readonly tokenClass: number | null;
  readonly tokens: number[];
}

/**
 * Tokens in words, the first named first: those of the kind that nearly all are of by that kind, as "digits (`3`, `4`
 * and 2 more)"; parts of characters by the letters that they are parts of; others by themselves.
 */
function tokensInWords(tokens: readonly number[], names: TokenNames): string {
  const groups = grouped(distinct(tokens, names), names);
  const alone = groups.length === 1;
  const phrases = groups.slice(0, NAMED).map((group) => groupInWords(group, names, alone));
  const left = groups.slice(NAMED).reduce((sum, group) => sum + group.tokens.length, 0);
  return listed(phrases, left);
}

/** Without tokens that are spelled as one before, as a word with and without its space. */
function distinct(tokens: readonly number[], names: TokenNames): number[] {
  const spelled = new Map<string, number>();
  for (const token of tokens) {
    const spelling = names.isPart(token) ? names.bytes(token) : names.spell(token);
    if (!spelled.has(spelling)) spelled.set(spelling, token);
  }
  return [...spelled.values()];
}

function grouped(tokens: readonly number[], names: TokenNames): Group[] {
  const common = names.commonClass(tokens);
  const groups = new Map<string | number, Group>();
  for (const token of tokens) {
    const ofCommon = common !== null && names.isOf(token, common);
    const isPart = names.isPart(token);
    const tokenClass = ofCommon ? common : isPart ? names.classOf(token) : null;
    const key = ofCommon ? 'common' : isPart ? `parts ${tokenClass}` : token;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { tokenClass, tokens: [token] });
    else group.tokens.push(token);
  }
  return [...groups.values()];
}

/** @param alone whether nothing else is named; then parts of characters are told by their bytes too */
function groupInWords({ tokenClass, tokens }: Group, names: TokenNames, alone: boolean): string {
  const whole = tokens.filter((token) => !names.isPart(token));
  if (whole.length === 0) return partsInWords(tokens, tokenClass, names, alone);
  const shown = whole.slice(0, NAMED).map((token) => names.spell(token));
  if (tokens.length === 1) return shown[0]!;
  return `${TOKEN_CLASSES[tokenClass!]!.several} (${listed(shown, tokens.length - shown.length)})`;
}

function partsInWords(
  tokens: readonly number[],
  tokenClass: number | null,
  names: TokenNames,
  alone: boolean,
): string {
  const unknown = alone
    ? { one: 'a character', several: 'characters' }
    : { one: 'another character', several: 'other characters' };
  const of = tokenClass === null ? unknown : TOKEN_CLASSES[tokenClass]!;
  const parts = tokens.length > 1 ? `parts of ${of.several}` : `part of ${of.one}`;
  if (!alone) return parts;
  const bytes = tokens.slice(0, NAMED).map((token) => names.bytes(token));
  return `${parts} (${listed(bytes, tokens.length - bytes.length)})`;
}

function listed(names: readonly string[], more: number): string {
  if (more > 0) return `${names.join(', ')} and ${more} more`;
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} or ${names.at(-1)}` : names[0]!;
}
