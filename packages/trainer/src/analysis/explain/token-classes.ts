/**
 * Kinds of tokens that people have a word for. The built-in explainer describes features in these words, so each
 * class is written as it stands in a sentence: "fires on digits", "after a preposition".
 */
export interface TokenClass {
  /** Of several, as "digits". */
  readonly several: string;
  /** Of one, as "a digit". */
  readonly one: string;
  readonly has: (text: string) => boolean;
  /** Of several that stand above or below letters, as "Hebrew points and accents". */
  readonly marks?: string;
  /** Too much is of it for it to be named beside tokens: parts of common words are base64 too. */
  readonly broad?: true;
}

const SCRIPTS = [
  'Hebrew',
  'Arabic',
  'Cyrillic',
  'Greek',
  'Han',
  'Hiragana',
  'Katakana',
  'Hangul',
  'Thai',
  'Devanagari',
  'Bengali',
  'Tamil',
  'Telugu',
  'Georgian',
  'Armenian',
  'Ethiopic',
  'Khmer',
  'Myanmar',
  'Sinhala',
  'Tibetan',
  'Gujarati',
  'Gurmukhi',
  'Kannada',
  'Malayalam',
  'Lao',
  'Mongolian',
] as const;

/** What the signs above and below letters of a script are called; others are vowel signs. */
const MARKS: Readonly<Record<string, string>> = { Hebrew: 'points and accents' };
/** What a sign of a script is called where it is no letter. */
const SIGNS: Readonly<Record<string, string>> = { Han: 'character', Hangul: 'syllable' };

const WORDS: readonly (readonly [several: string, one: string, words: string])[] = [
  ['articles', 'an article', 'the a an'],
  [
    'prepositions',
    'a preposition',
    'of in to for with on at by from into onto upon over under between through during before after against among within without about above below across toward towards per via',
  ],
  [
    'pronouns',
    'a pronoun',
    'i you he she it we they me him her us them my your his its our their mine yours ours theirs this that these those who whom whose which',
  ],
  [
    'auxiliary verbs',
    'an auxiliary verb',
    'is are was were be been being am has have had having do does did will would shall should can could may might must',
  ],
  ['conjunctions', 'a conjunction', 'and or but nor so yet because although while if unless than as'],
  ['negations', 'a negation', "not no never none nothing neither cannot n't"],
  [
    'number words',
    'a number word',
    'zero one two three four five six seven eight nine ten eleven twelve hundred thousand million first second third',
  ],
  [
    'months and weekdays',
    'a month or weekday',
    'january february march april june july august september october november december monday tuesday wednesday thursday friday saturday sunday',
  ],
];

const pattern = (several: string, one: string, expression: RegExp): TokenClass => ({
  several,
  one,
  has: (text) => expression.test(text),
});

/** All classes, narrower ones first, as of two that fit as well the first is named; a token may be in several. At most 64, because sets of them are kept in two words of 32 bits. */
export const TOKEN_CLASSES: readonly TokenClass[] = [
  ...SCRIPTS.map((script) => {
    const sign = SIGNS[script] ?? 'letter';
    const article = /^[AE]/.test(script) ? 'an' : 'a';
    return {
      ...pattern(
        `${script} ${sign}s`,
        `${article} ${script} ${sign}`,
        new RegExp(`\\p{Script=${script}}`, 'u'),
      ),
      marks: `${script} ${MARKS[script] ?? 'vowel signs'}`,
    };
  }),
  pattern(
    'Chinese or Japanese characters',
    'a Chinese or Japanese character',
    // Their punctuation, which is of no script, stands nowhere else.
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff01-\uff65]/u,
  ),
  pattern('letters with diacritics', 'a letter with a diacritic', /[\u00c0-\u024f\u1e00-\u1eff]/),
  ...WORDS.map(([several, one, words]): TokenClass => {
    const set = new Set(words.split(' '));
    return { several, one, has: (text) => set.has(text.trim().toLowerCase()) };
  }),
  pattern('runs of the letters ACGT', 'the letters ACGT', /^[ACGT]+$/),
  pattern('digits', 'a digit', /^ ?\d+$/),
  {
    ...pattern(
      'hexadecimal digits',
      'a hexadecimal digit',
      /^(?=.*\d)[\da-f]+$|^(?=.*\d)[\dA-F]+$|^[a-f]{1,3}$/,
    ),
    broad: true,
  },
  { ...pattern('base64 characters', 'base64 characters', /^[A-Za-z0-9+/=]+$/), broad: true },
  pattern('words in capitals', 'a word in capitals', /^ ?[A-Z]{2,}$/),
  pattern('single capital letters', 'a single capital letter', /^ ?[A-Z]$/),
  pattern('capitalised words', 'a capitalised word', /^ ?[A-Z][a-z]+$/),
  { ...pattern('words', 'a word', /^ [a-z]+$/), broad: true },
  { ...pattern('parts of words', 'a part of a word', /^[a-z]+$/), broad: true },
  pattern('spaces', 'spaces', /^[ \t]+$/),
  pattern('line breaks', 'a line break', /[\n\r]/),
  pattern('opening brackets', 'an opening bracket', /^ ?[([{<]+$/),
  pattern('closing brackets', 'a closing bracket', /^ ?[)\]}>]+[;,.]?$/),
  pattern('quotation marks', 'a quotation mark', /^ ?["'`\u2018-\u201f]+$/),
  pattern('commas', 'a comma', /^,$/),
  pattern('full stops', 'a full stop', /^\.$/),
  pattern('colons and semicolons', 'a colon or semicolon', /^[:;]$/),
  pattern('operators', 'an operator', /^ ?[-=+*/<>&|!%^~]+$/),
  pattern('underscores', 'an underscore', /^_+$/),
  pattern('slashes', 'a slash', /^[/\\]+$/),
];

/** Words of 32 bits that a set of classes takes. */
export const CLASS_WORDS = 2;

/**
 * Sets of classes of tokens, two words each: class c is bit c mod 32 of word ⌊c / 32⌋.
 *
 * @param texts of consecutive tokens; one that holds part of a character only should be given as that character
 */
export function classesOf(texts: readonly string[]): Uint32Array {
  const sets = new Uint32Array(texts.length * CLASS_WORDS);
  texts.forEach((text, token) => sets.set(classesOfToken(text), token * CLASS_WORDS));
  return sets;
}

function classesOfToken(text: string): Uint32Array {
  let known = remembered.get(text);
  if (known === undefined) {
    known = new Uint32Array(CLASS_WORDS);
    for (const [c, { has }] of TOKEN_CLASSES.entries()) if (has(text)) known[c >>> 5]! |= 1 << (c & 31);
    // A vocabulary is small, but parts of characters combine to many texts.
    if (remembered.size > 200_000) remembered.clear();
    remembered.set(text, known);
  }
  return known;
}

const remembered = new Map<string, Uint32Array>();

/** Whether token `index` of some sets is of a class. */
export function isOfClass(sets: Uint32Array, index: number, tokenClass: number): boolean {
  return ((sets[index * CLASS_WORDS + (tokenClass >>> 5)]! >>> (tokenClass & 31)) & 1) === 1;
}
