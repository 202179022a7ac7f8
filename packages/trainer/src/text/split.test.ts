import { describe, expect, test } from 'vitest';
import { isValidation } from './split.ts';

describe('isValidation', () => {
  const texts = Array.from({ length: 50_000 }, (_, i) => `document ${i}`);

  test('takes the fraction asked for, and with a larger one all of a smaller one', () => {
    const tenth = texts.filter((text) => isValidation(text));
    const fifth = new Set(texts.filter((text) => isValidation(text, 0.2)));
    expect(tenth.length / texts.length).toBeCloseTo(0.1, 2);
    expect(fifth.size / texts.length).toBeCloseTo(0.2, 2);
    expect(tenth.every((text) => fifth.has(text))).toBe(true);
  });

  test('is where SHA-256 puts the text, today and always', () => {
    // The hash of "abc" begins with ba7816bf (0.728...), that of the empty text with e3b0c442 (0.889...).
    expect(isValidation('abc', 0.729)).toBe(true);
    expect(isValidation('abc', 0.728)).toBe(false);
    expect(isValidation('', 0.89)).toBe(true);
    expect(isValidation('', 0.889)).toBe(false);
  });

  test('refuses a fraction that leaves one side empty', () => {
    for (const fraction of [0, 1, -0.1, 15, Number.NaN])
      expect(() => isValidation('x', fraction)).toThrow('expected a number between 0 and 1');
  });
});
