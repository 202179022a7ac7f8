/** A folder or file is not a dictionary that can be read; the message is one sentence for the user. */
export class DictionaryFolderError extends Error {
  override name = 'DictionaryFolderError';
}
