import { hash } from 'node:crypto';

/**
 * Whether a document belongs to validation rather than training.
 *
 * Decided by its text alone (the first 48 bits of SHA-256 of its UTF-8 bytes, as a fraction of 1), so copies of
 * a document fall on one side, whatever else is in the corpus, and a larger fraction keeps all of a smaller one.
 *
 * @throws {RangeError} unless 0 < fraction < 1
 */
export function isValidation(text: string, fraction = 0.1): boolean {
  if (!(fraction > 0 && fraction < 1))
    throw new RangeError(`validation fraction: expected a number between 0 and 1, got ${fraction}; try 0.1`);
  return hash('sha256', text, 'buffer').readUIntBE(0, 6) < fraction * 2 ** 48;
}
