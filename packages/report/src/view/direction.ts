const RIGHT_TO_LEFT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Samaritan}\p{Script=Mandaic}\p{Script=Adlam}]/gu;
const LETTER = /\p{L}/gu;

/**
 * Direction in which a text reads, by majority of its letters. The first letter would be a poor judge: it may be
 * a leftover of a character cut in two.
 */
export function direction(text: string): 'ltr' | 'rtl' {
  const letters = text.match(LETTER)?.length ?? 0;
  const rightToLeft = text.match(RIGHT_TO_LEFT)?.filter((character) => /\p{L}/u.test(character)).length ?? 0;
  return rightToLeft * 2 > letters ? 'rtl' : 'ltr';
}
