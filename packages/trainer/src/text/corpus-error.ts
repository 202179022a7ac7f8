/** The text a user points at is missing, unreadable, not text, or too little; the message says what to do. */
export class CorpusError extends Error {
  override name = 'CorpusError';
}
