import type { Rule } from './rule.ts';
import type { TokenNames } from './token-names.ts';
import { TOKEN_CLASSES } from './token-classes.ts';

/** Tokens, or groups of them, that a description names at most, and tokens of a group. */
const NAMED = 4;

/** A token is named as one that a feature is less active on where its level is below this share of the largest. */
const LESS = 0.5;

/** A rule in words, as "`the` after a preposition in legal text". */
export function describe(rule: Rule, names: TokenNames): string {
  const { head, conditions } = rule;
  const parts: string[] = [];
  const run = conditions.find((condition) => condition.kind === 'run');
  if (head.kind === 'tokens') parts.push(headInWords(head.levels, names, conditions.length > 0));
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
    if (condition.kind === 'domain') parts.push(`in ${names.domain(condition.domain)}`);
  return parts.join(' ');
}

/**
 * Tokens of a head in words, the most active first. Those on which the feature is far less active, and which are of no
 * kind that comes before, are set off, as "`op`, less on `art` or `ang`".
 *
 * @param goesOn whether a condition follows
 */
function headInWords(levels: ReadonlyMap<number, number>, names: TokenNames, goesOn: boolean): string {
  const byLevel = [...levels].sort(([a, x], [b, y]) => y - x || a - b);
  const least = LESS * byLevel[0]![1];
  const tokens = distinct(
    byLevel.map(([token]) => token),
    names,
  );
  const isStrong = (token: number): boolean => levels.get(token)! >= least;
  const common = names.commonClass(tokens) ?? names.commonClass(tokens.filter(isStrong));
  const groups = grouped(tokens, common, names);
  const strong = groups.filter((group) => isStrong(group.tokens[0]!));
  const weak = groups.slice(strong.length);
  if (weak.length === 0 || strong.length >= NAMED) return inWords(groups, names);
  const less = inWords(weak, names, strong);
  return `${inWords(strong, names)}, less on ${less}${goesOn ? ',' : ''}`;
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
  const told = distinct(tokens, names);
  return inWords(grouped(told, names.commonClass(told), names), names);
}

/** @param before groups that were named before, at most as many as are named */
function inWords(groups: readonly Group[], names: TokenNames, before: readonly Group[] = []): string {
  const most = NAMED - before.length;
  const all = [...before, ...groups];
  const phrases = groups.slice(0, most).map((group) => groupInWords(group, names, all));
  const left = groups.slice(most).reduce((sum, group) => sum + group.tokens.length, 0);
  return listed(phrases, left);
}

/** Without tokens that are spelled as one before, as a word with and without its space. */
function distinct(tokens: readonly number[], names: TokenNames): number[] {
  const spelled = new Map<string, number>();
  for (const token of tokens) {
    const spelling = names.isPart(token) ? `part ${token}` : names.spell(token);
    if (!spelled.has(spelling)) spelled.set(spelling, token);
  }
  return [...spelled.values()];
}

/** @param common the class by which those of it are named together; null for none */
function grouped(tokens: readonly number[], common: number | null, names: TokenNames): Group[] {
  const ofParts = new Set(tokens.filter((token) => names.isPart(token)).map((token) => names.classOf(token)));
  const kindOf = (token: number): number | null => {
    if (common !== null && names.isOf(token, common)) return common;
    const own = names.classOf(token);
    return names.isPart(token) || (own !== null && ofParts.has(own)) ? own : null;
  };
  const groups = new Map<string | number, Group>();
  for (const token of tokens) {
    const tokenClass = kindOf(token);
    const key = tokenClass !== null ? `kind ${tokenClass}` : names.isPart(token) ? 'parts' : token;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { tokenClass, tokens: [token] });
    else group.tokens.push(token);
  }
  return [...groups.values()];
}

/** @param all groups that are named */
function groupInWords(group: Group, names: TokenNames, all: readonly Group[]): string {
  const { tokenClass, tokens } = group;
  const whole = tokens.filter((token) => !names.isPart(token));
  if (whole.length === 0) return partsInWords(group, names, all);
  const shown = whole.slice(0, NAMED).map((token) => names.spell(token));
  if (tokens.length === 1) return shown[0]!;
  const { several, marks } = TOKEN_CLASSES[tokenClass!]!;
  const kind = marks !== undefined && tokens.every((token) => names.isMark(token)) ? marks : several;
  return `${kind} (${listed(shown, tokens.length - shown.length)})`;
}

/** Parts of characters, with characters that they are parts of where nothing else is named. */
function partsInWords({ tokenClass, tokens }: Group, names: TokenNames, all: readonly Group[]): string {
  const unknown = all.some((group) => group.tokenClass !== null)
    ? { one: 'another character', several: 'other characters' }
    : { one: 'a character', several: 'characters' };
  const of = tokenClass === null ? unknown : TOKEN_CLASSES[tokenClass]!;
  const parts = tokens.length > 1 ? `parts of ${of.several}` : `part of ${of.one}`;
  if (all.length > 1) return parts;
  const spelled = Map.groupBy(tokens, (token) => names.spellPart(token));
  const shown = [...spelled].slice(0, NAMED);
  const left = tokens.length - shown.reduce((sum, [, of]) => sum + of.length, 0);
  const as = shown.map(([spelling]) => spelling);
  return `${parts} (as in ${listed(as, left)})`;
}

function listed(names: readonly string[], more: number): string {
  if (more > 0) return `${names.join(', ')} and ${more} more`;
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} or ${names.at(-1)}` : names[0]!;
}
