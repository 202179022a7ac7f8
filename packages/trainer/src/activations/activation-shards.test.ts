import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rounded, writeForeign, type ForeignTensor } from '../artefacts/testing/foreign-file.ts';
import { ActivationShards } from './activation-shards.ts';
import { ShardWriter, shardName } from './shard-writer.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-shards-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const numbers = (size: number, first = 0): number[] =>
  Array.from({ length: size }, (_, i) => (first + i) / 8);

function write(name: string, tensors: Record<string, ForeignTensor>): string {
  const path = join(folder, name);
  writeForeign(path, tensors);
  return path;
}

function refusal(path = folder): string {
  try {
    ActivationShards.open(path)[Symbol.dispose]();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message.replaceAll(folder, 'FOLDER')}`;
  }
  return 'accepted';
}

describe('activation shards', () => {
  it.each(['F32', 'F16', 'BF16', 'F64'] as const)('of another tool are read by range, as %s', (dtype) => {
    const path = write('acts.safetensors', {
      // Whatever the matrix is called, and whatever lies beside it.
      'blocks.0.hook_mlp_out': { dtype, shape: [4, 3], values: numbers(12) },
      tokens: { dtype: 'I64', shape: [2, 2], values: [1, 2, 3, 4] },
      scale: { dtype: 'F32', shape: [1], values: [2] },
    });
    using shards = ActivationShards.open(path);
    expect([shards.width, shards.rows]).toEqual([3, [4]]);
    expect([...shards.read(0, 1, 2)]).toEqual(
      numbers(12)
        .slice(3, 9)
        .map((value) => rounded(dtype, value)),
    );
    expect([...shards.read(0, 4, 0)]).toEqual([]);
    expect(() => shards.read(0, 3, 2)).toThrow(RangeError);
  });

  it('of ours have the place of every row', () => {
    {
      using writer = new ShardWriter(folder, 0, [3, 2], { hook_name: 'blocks.0.hook_mlp_out' });
      writer.append(Float32Array.of(1, 2), Float64Array.of(40));
      writer.append(Float32Array.of(3, 4, 5, 6), Float64Array.of(7, 2 ** 40));
      writer.finish();
    }
    using shards = ActivationShards.open(folder);
    expect([shards.width, shards.rows, shards.metadata]).toEqual([
      2,
      [3],
      { hook_name: 'blocks.0.hook_mlp_out' },
    ]);
    expect(shards.read(0, 0, 3)).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
  });

  it('may be more files than can be open at a time, in the order of their names', () => {
    for (let i = 0; i < 150; i++)
      write(shardName(i), { x: { dtype: 'F32', shape: [2, 1], values: [i, i + 0.5] } });
    writeFileSync(join(folder, 'stage.json'), '{}');
    using shards = ActivationShards.open(folder);
    expect(shards.rows).toHaveLength(150);
    for (const i of [0, 149, 75, 3, 149, 0, 64, 65, 66])
      expect(shards.read(i, 0, 2)).toEqual(Float32Array.of(i, i + 0.5));
    for (let i = 0; i < 150; i++) expect(shards.read(i, 1, 1)).toEqual(Float32Array.of(i + 0.5));
  });
});

describe('files that are none are refused in a sentence', () => {
  const matrix = (width: number): ForeignTensor => ({ dtype: 'F32', shape: [2, width] });
  it.each<[string, Record<string, ForeignTensor>, string]>([
    [
      'without a matrix',
      { acts: { dtype: 'F32', shape: [2, 3, 4] }, ids: { dtype: 'I32', shape: [2, 3] } },
      'expected one tensor of floats with two dimensions, (vectors, width), got acts F32 (2,3,4), ids I32 (2,3)',
    ],
    [
      'with two',
      { keys: matrix(3), values: matrix(3) },
      'expected one tensor of floats with two dimensions, (vectors, width), got keys, values',
    ],
    ['with none', {}, 'expected one tensor of floats with two dimensions, (vectors, width), got no tensors'],
    ['with a matrix of width 0', { acts: matrix(0) }, 'expected acts of width at least 1, got (2,0)'],
  ])('%s', (_, tensors, sentence) => {
    write('a.safetensors', tensors);
    expect(refusal()).toBe(`ActivationShardError: FOLDER/a.safetensors: ${sentence}`);
  });

  it('of different widths', () => {
    write('a.safetensors', { acts: matrix(3) });
    write('b.safetensors', { acts: matrix(4) });
    expect(refusal()).toBe(
      'ActivationShardError: FOLDER/b.safetensors: expected acts of width 3 as in FOLDER/a.safetensors, got (2,4)',
    );
  });

  it('missing, cut, or something else', () => {
    expect(refusal()).toBe(
      'ActivationShardError: FOLDER: expected a .safetensors file or a folder of them, got none in it',
    );
    expect(refusal(join(folder, 'nowhere'))).toBe(
      'ActivationShardError: FOLDER/nowhere: expected a .safetensors file or a folder of them, got nothing at that path',
    );
    const path = write('a.safetensors', { acts: matrix(3) });
    const whole = readFileSync(path);
    for (let length = 0; length < whole.length; length += 9) {
      truncateSync(path, 0);
      writeFileSync(path, whole.subarray(0, length));
      expect(refusal(path), `${length} bytes`).toMatch(/^SafetensorsError: FOLDER\/a.safetensors: [^\n]+$/);
    }
  });
});
