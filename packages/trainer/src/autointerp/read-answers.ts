import { STEPS } from './prompts.ts';

/** What an answer says, or what is wrong with it in words for the model that wrote it. */
export type Read<T> = { readonly value: T } | { readonly fault: string };

/** Share of the lines that an answer may leave out: models lose count over hundreds of lines. */
const MAY_MISS = 0.05;
/** Characters of an explanation that are kept. */
const LONGEST = 600;

/** The explanation between the tags. */
export function readExplanation(answer: string): Read<string> {
  const text = /<answer>([\s\S]*?)<\/answer>/i.exec(answer)?.[1]?.replaceAll(/\s+/g, ' ').trim();
  if (text === undefined || text === '')
    return { fault: 'there is no explanation between <answer> and </answer>' };
  return { value: text.slice(0, LONGEST) };
}

/** Predicted activations of numbered tokens, 0 for the few that are left out. @param count tokens asked about */
export function readActivations(answer: string, count: number): Read<number[]> {
  return readLines(answer, count, 0, /^\s*(\d+)\b.*?(?<![\d.])(\d+(?:\.\d+)?)\s*$/, (text) => {
    const value = Number(text);
    return value >= 0 && value <= STEPS ? value : null;
  });
}

/** Whether each of some numbered tokens is expected; the few that are left out are not. */
export function readExpected(answer: string, count: number): Read<boolean[]> {
  return readLines(
    answer,
    count,
    false,
    /^\s*(\d+)\b.*?\b(yes|no)\b/i,
    (text) => text.toLowerCase() === 'yes',
  );
}

function readLines<T>(
  answer: string,
  count: number,
  missing: T,
  form: RegExp,
  valueOf: (text: string) => T | null,
): Read<T[]> {
  const values = Array.from({ length: count }, () => missing);
  const seen = new Set<number>();
  for (const line of answer.split('\n')) {
    const [, number, text] = form.exec(line) ?? [];
    const at = Number(number) - 1;
    if (text === undefined || !(at >= 0 && at < count)) continue;
    const value = valueOf(text);
    if (value === null) continue;
    values[at] = value;
    seen.add(at);
  }
  return seen.size >= (1 - MAY_MISS) * count
    ? { value: values }
    : { fault: `of ${count} lines, one for each number, ${seen.size} could be read` };
}
