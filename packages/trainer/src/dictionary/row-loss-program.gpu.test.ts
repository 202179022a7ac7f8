import { createTensor, openDevice, readTensor } from '@monosema/engine';
import { expect, test } from 'vitest';
import { normals } from '../random/seeded.ts';
import { uploadDictionary } from './dictionary.ts';
import { buildRowLossProgram } from './row-loss-program.ts';

test('losses of rows are the same for a batch taken in blocks', async () => {
  const gpu = await openDevice();
  const [batch, features, width] = [130, 40, 8];
  const normal = normals(5);
  const draw = (length: number): Float32Array => Float32Array.from({ length }, () => normal());
  const shape = { width, features, preEncoderBias: true };
  const parameters = uploadDictionary(gpu, 'measured', shape, {
    encoder: draw(features * width),
    decoder: draw(features * width),
    decoderBias: draw(width),
    vectors: { encoderBias: draw(features) },
  });
  const dictionary = { ...parameters, rule: { kind: 'standard' } } as const;
  const x = createTensor(gpu, 'x', [batch, width], draw(batch * width));
  const losses = async (entriesAtOnce?: number): Promise<unknown[]> => {
    const { program, errors, sums } = await buildRowLossProgram(gpu, dictionary, x, entriesAtOnce);
    await program.run();
    return [await readTensor(gpu, errors), await readTensor(gpu, sums)];
  };
  const whole = await losses();
  expect(await losses(64 * features)).toEqual(whole);
  expect((whole[0] as Float32Array).every((error) => error > 0)).toBe(true);
  gpu.close();
});
