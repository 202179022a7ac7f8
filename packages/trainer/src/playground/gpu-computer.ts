import { ProgramBuilder, readTensor, type Gpu } from '@monosema/engine';
import { uploadDictionary, type Dictionary } from '../dictionary/dictionary.ts';
import { dictionaryValues, encode } from '../dictionary/encode.ts';
import type { ReadDictionary } from '../dictionary/read-parameters.ts';
import { createBatch, setBatch, uploadParameters } from '../model/training-program.ts';
import { forwardTo } from '../model/transformer.ts';
import { SteeredModel } from '../sampling/steered-model.ts';
import type { Computer } from './computer.ts';
import type { PlainModel } from './plain-pass.ts';

/** Computes on a GPU, by the kernels that the records were made with. The GPU is the computer's from then on. */
export async function gpuComputer(
  gpu: Gpu,
  model: PlainModel,
  { shape, rule, values }: ReadDictionary,
): Promise<Computer> {
  const { config, site, weights } = model;
  const { context, vocabulary } = config;
  const parameters = uploadParameters(gpu, config, weights);
  const dictionary: Dictionary = { ...uploadDictionary(gpu, 'dictionary', shape, values), rule };
  const batch = createBatch(gpu, 1, context, vocabulary);
  const p = new ProgramBuilder(gpu, 'activations');
  const named = new Map([...parameters].map(([name, tensor]) => [name, p.persistent(tensor)]));
  const tokens = { tokens: p.persistent(batch.tokens), order: null, starts: null, context };
  const at = forwardTo(p, named, tokens, config, site);
  const f = p.output(encode(p, at.activations, dictionaryValues(p, dictionary), dictionary));
  const program = await p.build();
  return {
    adapter: { name: gpu.name, software: gpu.software },
    async activations(wanted) {
      const sequence = new Uint32Array(context + 1);
      sequence.set(wanted);
      setBatch(gpu, batch, sequence);
      await program.run();
      return readTensor(gpu, f, 0, wanted.length * shape.features) as Promise<Float32Array>;
    },
    steered: (features, sequences) => {
      const pinnable = features.length === 0 ? [] : [{ id: 'dictionary', dictionary, features }];
      return SteeredModel.build(gpu, { config, parameters, site }, pinnable, sequences, sequences);
    },
    close: () => gpu.close(),
  };
}
