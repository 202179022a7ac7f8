import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the engine keeps what is dear to make again on this machine; everything in it may be deleted. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'monosema');
}
