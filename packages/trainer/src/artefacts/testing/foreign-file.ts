import { writeFileSync } from 'node:fs';
import { encodeHeader, sizeOf, type Dtype, type TensorInfo } from '../safetensors-header.ts';

/** A tensor as another program stores it. */
export interface ForeignTensor {
  readonly dtype: 'F64' | 'F32' | 'F16' | 'BF16' | Dtype;
  readonly shape: readonly number[];
  /** Rounded to the type; zeros where they are left out. */
  readonly values?: ArrayLike<number>;
}

/** Writes a safetensors file with tensors of the types that we read and do not write. */
export function writeForeign(path: string, tensors: Readonly<Record<string, ForeignTensor>>): void {
  const infos: TensorInfo[] = [];
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const [name, { dtype, shape, values }] of Object.entries(tensors)) {
    const bytes = encode(dtype, values ?? new Float32Array(sizeOf(shape)));
    infos.push({ name, dtype, shape, start: end, end: end + bytes.length });
    parts.push(bytes);
    end += bytes.length;
  }
  writeFileSync(path, Buffer.concat([encodeHeader(infos, { format: 'pt' }), ...parts]));
}

/** What a number is after it was stored as a type, read back as float32. */
export function rounded(dtype: ForeignTensor['dtype'], value: number): number {
  if (dtype === 'F16') return Math.f16round(value);
  if (dtype !== 'BF16') return Math.fround(value);
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] = (bits[0]! >>> 16) << 16;
  return new Float32Array(bits.buffer)[0]!;
}

function encode(dtype: ForeignTensor['dtype'], values: ArrayLike<number>): Uint8Array {
  switch (dtype) {
    case 'F64':
      return new Uint8Array(Float64Array.from(values).buffer);
    case 'F32':
      return new Uint8Array(Float32Array.from(values).buffer);
    case 'F16':
      return new Uint8Array(Float16Array.from(values).buffer);
    case 'BF16': {
      const wide = new Uint32Array(Float32Array.from(values).buffer);
      return new Uint8Array(Uint16Array.from(wide, (bits) => bits >>> 16).buffer);
    }
    case 'I64':
      return new Uint8Array(BigInt64Array.from(Array.from(values, BigInt)).buffer);
    case 'I32':
      return new Uint8Array(Int32Array.from(values).buffer);
    default:
      return Uint8Array.from(values);
  }
}
