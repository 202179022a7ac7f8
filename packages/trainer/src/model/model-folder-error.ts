/** A folder is not a GPT-2 model that can be read; the message is one sentence for the user. */
export class ModelFolderError extends Error {
  override name = 'ModelFolderError';
}
