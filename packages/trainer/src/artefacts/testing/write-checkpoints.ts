// Writes one checkpoint after another until it is killed, and says of each that it is there. A program of its own, so
// that a test can kill it: node write-checkpoints.ts FOLDER FIRST
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { writeCheckpointFile } from '../checkpoint-file.ts';

const [folder, first] = [process.argv[2]!, Number(process.argv[3])];
const values = new Float32Array(1 << 20).fill(1);
for (let step = first; ; step++) {
  const read = (start: number, count: number): Float32Array<ArrayBuffer> =>
    values.slice(start, start + count);
  const held = new Map([['values', { dtype: 'F32', shape: [values.length], read } as const]]);
  await writeCheckpointFile(join(folder, `run-${step}.safetensors`), held, JSON.stringify({ step }));
  writeSync(1, `${step}\n`);
}
