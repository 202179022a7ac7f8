import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  playgroundDictionaryFiles,
  playgroundModelFiles,
  playgroundTokenizerFile,
  RECORDS_VERSION,
  writePlaygroundRecord,
} from '@monosema/trainer/records';

const SIZES = { A: 900_000, 'A/0': 100_000, 'A/1': 300_000 };

/** Adds to a records folder what a playground loads: files of those sizes, which are no weights. */
export function writeFixturePlayground(root: string): void {
  const described = (bytes: number) => ({ bytes, sha256: 'ab'.repeat(32) });
  write(playgroundTokenizerFile(root), Buffer.alloc(30, 1));
  for (const { config, weights, bytes } of [
    { ...playgroundModelFiles(root, 'A'), bytes: SIZES.A },
    { ...playgroundDictionaryFiles(root, 'A/0'), bytes: SIZES['A/0'] },
    { ...playgroundDictionaryFiles(root, 'A/1'), bytes: SIZES['A/1'] },
  ]) {
    write(config, '{}');
    write(weights, Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => i * 7)));
  }
  writePlaygroundRecord(root, {
    version: RECORDS_VERSION,
    site: 'mlp-activations',
    layer: 0,
    limit: 2_000_000,
    tokenizer: { ...described(30), imported: false, endOfText: 3 },
    models: [{ id: 'A', weights: described(SIZES.A) }],
    dictionaries: (['A/0', 'A/1'] as const).map((id) => ({ id, weights: described(SIZES[id]) })),
    tooLarge: [{ id: 'A/2', bytes: 3_000_000 }],
  });
}

function write(path: string, data: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, data);
}
