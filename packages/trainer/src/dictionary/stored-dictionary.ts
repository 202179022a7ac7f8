/**
 * A dictionary as SAELens lays it out, at rest: in a file of its own or of another tool, or on a device about to be
 * saved. A tensor is read from front to back, in pieces, so a dictionary larger than the memory can be imported.
 */
import { describeShape } from '@monosema/engine';
import { sizeOf } from '../artefacts/safetensors-header.ts';
import type { SafetensorsFile } from '../artefacts/safetensors-file.ts';
import { DictionaryFolderError } from './dictionary-folder-error.ts';
import { VECTORS, type Rule, type VectorName } from './dictionary.ts';

/** SAELens's names of our vectors. */
export const STORED_AS = {
  encoderBias: 'b_enc',
  threshold: 'threshold',
  gateBias: 'b_gate',
  magnitudeBias: 'b_mag',
  magnitudeLogScale: 'r_mag',
} as const satisfies Readonly<Record<VectorName, string>>;

export type StoredName = 'W_enc' | 'W_dec' | 'b_dec' | (typeof STORED_AS)[VectorName];

/** What SAELens does to an input before a dictionary sees it, and undoes to the reconstruction. */
export const NORMALISATIONS = ['none', 'constant_norm_rescale', 'layer_norm'] as const;
export type Normalisation = (typeof NORMALISATIONS)[number];

export interface StoredTensor {
  readonly shape: readonly number[];
  /** The elements, row-major, front to back; each piece is the caller's. */
  pieces(): AsyncIterable<Float32Array<ArrayBuffer>>;
}

/** What cfg.json says of the mathematics. */
export interface StoredShape {
  readonly rule: Rule;
  /** A, F */
  readonly width: number;
  readonly features: number;
  /** Whether b_dec is subtracted from the inputs before they are encoded. */
  readonly preEncoderBias: boolean;
  /** TopK only: activations are those of decoder rows of norm 1, whatever norms the stored rows have. */
  readonly rescaled: boolean;
  readonly normalisation: Normalisation;
}

/** See the head of the file; the tensors are those of tensorShapes. */
export interface StoredDictionary extends StoredShape {
  readonly tensors: Readonly<Partial<Record<StoredName, StoredTensor>>>;
  /** Where it is from and what it was trained on, under SAELens's keys. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The tensors of a dictionary, by SAELens's names, with their shapes. */
export function tensorShapes({
  rule,
  width,
  features,
}: Pick<StoredShape, 'rule' | 'width' | 'features'>): ReadonlyMap<StoredName, readonly number[]> {
  return new Map<StoredName, readonly number[]>([
    ['W_enc', [width, features]],
    ['W_dec', [features, width]],
    ['b_dec', [width]],
    ...VECTORS[rule.kind].map((name): [StoredName, readonly number[]] => [STORED_AS[name], [features]]),
  ]);
}

/**
 * Checks that a file holds the expected tensors and no others, all of floats.
 *
 * @throws {DictionaryFolderError} naming the first that is missing, too many, or of another shape or type
 */
export function checkTensors(
  path: string,
  expected: ReadonlyMap<string, readonly number[]>,
  found: ReadonlyMap<string, { readonly shape: readonly number[]; readonly dtype: string }>,
): void {
  const fail = (sentence: string): never => {
    throw new DictionaryFolderError(`${path}: ${sentence}`);
  };
  for (const [name, shape] of expected) {
    const tensor = found.get(name);
    if (tensor === undefined) {
      const names = [...found.keys()].join(', ').slice(0, 200);
      return fail(`expected a tensor ${name} of shape ${describeShape(shape)}, got only ${names || 'none'}`);
    }
    if (tensor.shape.join() !== shape.join())
      fail(`expected ${name} of shape ${describeShape(shape)}, got ${describeShape(tensor.shape)}`);
    if (!/^B?F\d/.test(tensor.dtype)) fail(`expected ${name} to hold floats, got ${tensor.dtype}`);
  }
  for (const name of found.keys())
    if (!expected.has(name)) fail(`expected ${[...expected.keys()].join(', ')}, got also ${name}`);
}

/** Elements of a piece of a file. */
const PIECE = 1 << 20;

/** A floating-point tensor of a safetensors file, which must stay open while it is read. */
export function storedIn(file: SafetensorsFile, name: string): StoredTensor {
  const { shape } = file.info(name);
  const size = sizeOf(shape);
  return {
    shape,
    async *pieces() {
      for (let start = 0; start < size; start += PIECE)
        yield file.readFloat32(name, start, Math.min(PIECE, size - start));
    },
  };
}

/** A whole tensor in memory. */
export async function wholeTensor(tensor: StoredTensor): Promise<Float32Array<ArrayBuffer>> {
  const whole = new Float32Array(sizeOf(tensor.shape));
  let filled = 0;
  for await (const piece of tensor.pieces()) {
    whole.set(piece, filled);
    filled += piece.length;
  }
  return whole;
}

/** A tensor whose elements are changed as they are read. @param change of an element and its index */
export function mapped(tensor: StoredTensor, change: (value: number, index: number) => number): StoredTensor {
  return {
    shape: tensor.shape,
    async *pieces() {
      let start = 0;
      for await (const piece of tensor.pieces()) {
        yield piece.map((value, i) => change(value, start + i));
        start += piece.length;
      }
    },
  };
}
