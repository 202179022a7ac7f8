import type { Gpu } from '@monosema/engine';
import { readSafetensors } from '../artefacts/safetensors.ts';
import type { GoldenError } from './compare.ts';
import { runGpt2Golden } from './gpt2.ts';
import { GoldenFileError, GoldenMetadata } from './metadata.ts';
import { runSaeGolden, SAE_KINDS } from './sae.ts';

export { GOLDEN_TOLERANCE, type GoldenError } from './compare.ts';

/**
 * Runs the case that a golden file describes on the adapter and returns the error of every tensor.
 *
 * @throws {GoldenFileError} if the file describes no case that can be run
 */
export async function runGolden(gpu: Gpu, path: string): Promise<GoldenError[]> {
  using file = readSafetensors(path);
  const kind = new GoldenMetadata(file).text('kind');
  if (kind === 'gpt2') return await runGpt2Golden(gpu, file);
  if ((SAE_KINDS as readonly string[]).includes(kind)) return await runSaeGolden(gpu, file);
  throw new GoldenFileError(`${path}: expected a kind of gpt2, ${SAE_KINDS.join(', ')}, got "${kind}"`);
}
