import { expect, test } from 'vitest';
import { fitRule } from './fit-rule.ts';
import { VocabularyClasses } from './logit-words.ts';
import { PassageReader, textOf, type Passage } from './passage.ts';
import { simulate } from './rule.ts';
import { describe as inWords } from './rule-in-words.ts';
import { isOfClass, TOKEN_CLASSES } from './token-classes.ts';
import { TokenNames } from './token-names.ts';

/** Tokens are words with their spaces; the same word is the same token. */
const vocabulary: string[] = [];
function idOf(word: string): number {
  const known = vocabulary.indexOf(word);
  return known < 0 ? vocabulary.push(word) - 1 : known;
}
const bytesOf = (word: string) => new Uint8Array(Buffer.from(word));

function read(words: readonly string[], domain: string | null = null) {
  return textOf(words.map(idOf), words.map(bytesOf), domain);
}

const NAMES = new Map([
  ['legal', 'legal text'],
  ['bible', 'the Bible'],
]);

/** A passage in which words marked with * are active. */
function passage(marked: string, domain: string | null = null): Passage {
  const words = marked.match(/ ?[^ ]+/g)!;
  const plain = words.map((word) => word.replace('*', ''));
  return { ...read(plain, domain), activations: words.map((word) => (word.includes('*') ? 2 : 0)) };
}

function explained(...passages: Passage[]): string {
  const rule = fitRule(passages);
  if (rule === null) return 'nothing';
  const reader = new PassageReader(vocabulary.map(bytesOf));
  return inWords(rule, new TokenNames(reader, new VocabularyClasses(reader.classes), passages, NAMES));
}

test('a feature of one token is that token', () => {
  expect(
    explained(
      passage('all of* them went'),
      passage('one of* the many'),
      passage('none of* it is so'),
      passage('they went in to the house'),
    ),
  ).toBe('`of`');
});

test('a feature of many tokens of one script is the script, not the tokens it was seen on', () => {
  const letters = ['א', 'ב', 'ג', 'ד', 'ה', 'ו', 'ז', 'ח', 'ט', 'י', 'כ', 'ל'];
  const passages = letters.map((letter) => passage(`so ${letter}* was it`));
  expect(explained(...passages)).toBe('Hebrew letters');
  const unseen = read(['ש', ' so']);
  expect(simulate(fitRule(passages)!, unseen).map((value) => value > 0)).toEqual([true, false]);
});

test('what mixes Han and kana is called by both, and not by the domain that it stands in', () => {
  const passages = ['あ', '公', '開', 'の', 'ラ', '使', 'を', '。', 'る', '用'].map((sign) =>
    passage(`公* ${sign}* の*`, 'legal'),
  );
  const others = ['all of it', 'in the house', 'they went'].map((text) => passage(text, 'books'));
  expect(explained(...passages, ...others)).toBe('Chinese or Japanese characters');
});

test('a byte of a split character is of the script of the whole character', () => {
  const [first, second] = [Uint8Array.of(0xd7), Uint8Array.of(0xa9)];
  const { classes } = textOf([0, 1], [first, second], null);
  expect([...classes.subarray(0, 2)]).toEqual([...classes.subarray(2, 4)]);
  const hebrew = TOKEN_CLASSES.findIndex(({ several }) => several === 'Hebrew letters');
  expect(isOfClass(classes, 0, hebrew)).toBe(true);
});

test('what stands before the token becomes part of the rule when it matters', () => {
  const rule = explained(
    passage('he sat in the* house'),
    passage('lay on the* floor'),
    passage('came from the* north'),
    passage('went to the* sea'),
    passage('spoke of the* king'),
    passage('looked at the* sky'),
    passage('and the king saw the house'),
    passage('then the sea met the floor'),
    passage('when the sky was the limit'),
  );
  expect(rule).toBe('`the` after a preposition');
});

test('a run of letters is told from the same letters elsewhere', () => {
  const rule = explained(
    { ...read(['AC', 'GT', 'ACC', 'TTG', 'CA']), activations: [0, 2, 2, 2, 2] },
    { ...read(['GG', 'TA', 'CAT', 'AG']), activations: [0, 2, 2, 2] },
    { ...read(['TTT', 'GCA', 'CA', 'T']), activations: [0, 2, 2, 2] },
    passage('the CAT sat'),
    passage('A man met T and G'),
    passage('in CA and TAG'),
  );
  expect(rule).toBe('runs of the letters ACGT');
});

test('a feature of a kind of text is that kind of text', () => {
  const rule = explained(
    passage('the* party* shall* pay*', 'legal'),
    passage('under* this* act*', 'legal'),
    passage('the dog ran under the table', 'books'),
    passage('this act of love', 'books'),
  );
  expect(rule).toBe('any token in legal text');
});

test('a kind of text is called what the study calls it', () => {
  const rule = explained(
    passage('the* heaven* and* the* earth*', 'bible'),
    passage('under* the* sun* again*', 'bible'),
    passage('the dog ran under the sun', 'books'),
    passage('heaven and earth again', 'books'),
  );
  expect(rule).toBe('any token in the Bible');
});

test('a feature that is never active is explained by nothing', () => {
  expect(explained(passage('never at all'))).toBe('nothing');
});
