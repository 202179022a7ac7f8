const LETTERS = /\p{L}/gu;
const RIGHT_TO_LEFT =
  /(?=\p{L})[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Samaritan}\p{Script=Mandaic}\p{Script=Adlam}]/gu;

/** Letters of a text, and those of them that are written from right to left. */
export function letterCounts(text: string): { letters: number; rightToLeft: number } {
  return { letters: text.match(LETTERS)?.length ?? 0, rightToLeft: text.match(RIGHT_TO_LEFT)?.length ?? 0 };
}

/**
 * Direction in which text reads, by majority of its letters. The first letter would be a poor judge: it may be a
 * leftover of a character cut in two.
 */
export function direction(parts: readonly { letters: number; rightToLeft: number }[]): 'ltr' | 'rtl' {
  let letters = 0;
  let rightToLeft = 0;
  for (const part of parts) {
    letters += part.letters;
    rightToLeft += part.rightToLeft;
  }
  return rightToLeft * 2 > letters ? 'rtl' : 'ltr';
}
