/** A run's folder is not what this version of monosema may write to; the message says what to do. */
export class RunFolderError extends Error {
  override name = 'RunFolderError';
}
