import { createTensor, openDevice, ProgramBuilder, readTensor, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { normals } from '../random/seeded.ts';
import { paper } from './architectures/paper.ts';
import { dictionaryValues, encode } from './encode.ts';
import { initialDictionary, randomDirections, unitRows } from './initialise.ts';
import { rowNorms } from './testing/planted-vectors.ts';

const A = 6;
// More features than are started at once.
const F = 1030;
const ROWS = 500;

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

describe('a fresh dictionary', () => {
  it('has the asked decoder, an encoder along it, and every feature active on the asked share of the sample', async () => {
    const normal = normals(1);
    const sample = createTensor(
      gpu,
      'sample',
      [ROWS, A],
      Float32Array.from({ length: ROWS * A }, () => Math.exp(normal())),
    );
    const directions = randomDirections(F, A, 2);
    const decoderBias = Float32Array.from({ length: A }, (_, k) => 1 + k / 10);
    const dictionary = await initialDictionary(gpu, 'A/1', paper(), {
      sample,
      directions,
      encoderNorm: 0.25,
      decoderBias,
      density: 0.04,
    });
    expect(await readTensor(gpu, dictionary.decoder)).toEqual(directions);
    expect(await readTensor(gpu, dictionary.encoder)).toEqual(directions.map((value) => value * 0.25));
    expect(await readTensor(gpu, dictionary.decoderBias)).toEqual(decoderBias);

    const p = new ProgramBuilder(gpu, 'encode');
    const f = p.output(
      encode(p, p.persistent(sample), dictionaryValues(p, dictionary), {
        ...dictionary,
        rule: { kind: 'standard' },
      }),
    );
    const program = await p.build();
    await program.run();
    const active = new Float64Array(F);
    (await readTensor(gpu, f)).forEach((value, i) => {
      if (value > 0) active[i % F]! += 1;
    });
    // 20 of 500; the one at the quantile itself is at 0 but for rounding.
    expect(Math.min(...active)).toBeGreaterThanOrEqual(18);
    expect(Math.max(...active)).toBeLessThanOrEqual(21);
    program.destroy();
  });
});

describe('random directions', () => {
  it('have norm 1, point everywhere equally, and are decided by the seed', () => {
    const directions = randomDirections(4000, A, 7);
    for (const norm of rowNorms(directions, A)) expect(Math.abs(norm - 1)).toBeLessThan(1e-6);
    for (let k = 0; k < A; k++) {
      const column = directions.filter((_, i) => i % A === k);
      const mean = column.reduce((sum, value) => sum + value, 0) / 4000;
      const square = column.reduce((sum, value) => sum + value * value, 0) / 4000;
      // Four standard errors: a coordinate of a random direction has variance 1/A, its square 2(A-1)/(A²(A+2)).
      expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(4000 * A));
      expect(Math.abs(square - 1 / A)).toBeLessThan(4 * Math.sqrt((2 * (A - 1)) / (A * A * (A + 2)) / 4000));
    }
    expect(randomDirections(10, A, 7)).toEqual(directions.slice(0, 10 * A));
    expect(randomDirections(10, A, 8)).not.toEqual(directions.slice(0, 10 * A));
  });
});

describe('unit rows', () => {
  it('point from the origin to each row, and along the first axis where they are the same', () => {
    const unit = unitRows(Float32Array.of(4, 6, 1, 2, 1, -3), Float32Array.of(1, 2));
    const want = [0.6, 0.8, 1, 0, 0, -1];
    expect(unit.length).toBe(want.length);
    want.forEach((value, i) => expect(unit[i]).toBeCloseTo(value, 6));
  });
});
