/** The command line does not make sense; the message says what would. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** A check that the user asked for found something wrong. */
export class CheckFailed extends Error {
  override name = 'CheckFailed';
}

/** What `monosema` exits with. */
export const EXIT = { done: 0, ourBug: 1, usage: 2, noAdapter: 3, interrupted: 130 } as const;

/** How the command ends after an error, and what it says. */
export interface Ending {
  readonly code: number;
  readonly message: string;
}

/** By name, not by class, so that saying what went wrong loads neither the GPU nor any stage. */
const CODES: Readonly<Record<string, number>> = {
  CheckFailed: EXIT.ourBug,
  UsageError: EXIT.usage,
  ConfigError: EXIT.usage,
  CorpusError: EXIT.usage,
  RunFolderError: EXIT.usage,
  RecordsError: EXIT.usage,
  ExplainerError: EXIT.usage,
  SafetensorsError: EXIT.usage,
  ModelFolderError: EXIT.usage,
  DictionaryFolderError: EXIT.usage,
  NpzError: EXIT.usage,
  TokenizerError: EXIT.usage,
  ActivationError: EXIT.usage,
  ActivationShardError: EXIT.usage,
  GoldenFileError: EXIT.usage,
  NonFiniteError: EXIT.usage,
  TuningError: EXIT.usage,
  AdapterError: EXIT.noAdapter,
  DeviceError: EXIT.noAdapter,
};

/** The system's own faults that a user can mend, by their code. */
const SYSTEM: Readonly<Record<string, string>> = {
  ENOSPC:
    'expected room on the disk, got none left; free some space and run the same command again, what is finished is kept',
  EDQUOT:
    'expected room in the disk quota, got none left; free some space and run the same command again, what is finished is kept',
  EACCES: 'expected to be allowed to use it, got a refusal; check its permissions',
  EPERM: 'expected to be allowed to use it, got a refusal; check its permissions',
  EROFS: 'expected a disk that can be written to, got a read-only one; choose another folder',
  ENOTDIR: 'expected a folder, got a file; choose another path, or move the file away',
  EEXIST: 'expected a folder, got a file; choose another path, or move the file away',
  ERR_FS_EISDIR: 'expected a file, got a folder; choose another path, or move the folder away',
  EISDIR: 'expected a file, got a folder; choose another path, or move the folder away',
  EIO: 'expected a disk that can be read and written, got a fault of it; check the disk, or choose another folder',
};

/** Turns whatever was thrown into one message and an exit code; what is unknown is a bug of ours. */
export function endingOf(error: unknown): Ending {
  if (!(error instanceof Error)) return ourBug(String(error));
  if (error.name === 'Interrupted') return { code: EXIT.interrupted, message: error.message };
  const known = CODES[error.name];
  if (known !== undefined) return { code: known, message: error.message };
  // What copies names both files, and the one that is written is at fault.
  const { code, path, syscall, dest } = error as NodeJS.ErrnoException & { readonly dest?: string };
  if (syscall === 'uv_cwd')
    return {
      code: EXIT.usage,
      message: 'expected the folder that the command runs in, got one that was removed; change to another',
    };
  const said = code === undefined ? undefined : SYSTEM[code];
  if (said !== undefined) return { code: EXIT.usage, message: `${dest ?? path ?? 'writing'}: ${said}` };
  return ourBug(error.message);
}

function ourBug(message: string): Ending {
  const named = message.startsWith('internal: ') ? message : `internal: ${message}`;
  return {
    code: EXIT.ourBug,
    message: `${named}; this is a bug of monosema, please report what the same command prints with --debug`,
  };
}
