// Writes the counted parts of docs/scale.md anew: node packages/trainer/src/scale/write-document.ts
import { readFile, writeFile } from 'node:fs/promises';
import { countedParts, withParts } from './document.ts';

const file = new URL('../../../../docs/scale.md', import.meta.url);
await writeFile(file, withParts(await readFile(file, 'utf8'), await countedParts()));
