import { sizeOf } from '../../artefacts/safetensors-header.ts';
import type { StoredValues } from '../saelens.reference.ts';
import {
  tensorShapes,
  wholeTensor,
  type StoredDictionary,
  type StoredShape,
  type StoredTensor,
} from '../stored-dictionary.ts';

/** A stored dictionary whose tensors are in memory, read in uneven pieces. @param values by SAELens's names */
export function inMemory(
  shape: StoredShape,
  values: (name: string, size: number) => ArrayLike<number>,
  metadata: Readonly<Record<string, unknown>> = {},
): StoredDictionary {
  const tensors = [...tensorShapes(shape)].map(([name, extents]): [string, StoredTensor] => {
    const data = Float32Array.from(values(name, sizeOf(extents)));
    return [
      name,
      {
        shape: extents,
        async *pieces() {
          for (let start = 0; start < data.length; start += 7) yield data.slice(start, start + 7);
        },
      },
    ];
  });
  return { ...shape, tensors: Object.fromEntries(tensors), metadata };
}

/** All tensors of a stored dictionary, in memory. */
export async function valuesOf(stored: StoredDictionary): Promise<StoredValues> {
  const values: Record<string, Float32Array> = {};
  for (const [name, tensor] of Object.entries(stored.tensors)) values[name] = await wholeTensor(tensor);
  return values;
}
