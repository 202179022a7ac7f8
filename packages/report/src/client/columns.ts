import { loadPart } from './part.ts';

/** Stands for no domain and no place in columns of short numbers. */
export const NOWHERE = 0xffff;

/** Numbers of every feature of a dictionary, by index. */
export interface Columns {
  unit: string;
  features: number;
  evaluationTokens: number;
  /** Whether enough tokens were evaluated to call a feature ultralow. */
  ultralow: boolean;
  /** Names as HTML. */
  domains: string[];
  active: Uint32Array;
  max: Float32Array;
  mean: Float32Array;
  domain: Uint16Array;
  share: Float32Array;
  /** Whether the top examples share one token. */
  single?: Uint8Array;
  parents?: Uint16Array;
  children?: Uint16Array;
  twins?: Uint16Array;
  /** Of the explanations; -Infinity for features without, so that they come last. */
  score?: Float32Array;
  /** Places on the map, from 0 to NOWHERE - 1. */
  x?: Uint16Array;
  y?: Uint16Array;
  /** Place in the one-dimensional order; -1 for none. */
  order?: Int32Array;
  /** -1 for features in none. */
  cluster?: Int32Array;
}

const kinds = {
  active: Uint32Array,
  max: Float32Array,
  mean: Float32Array,
  domain: Uint16Array,
  share: Float32Array,
  single: Uint8Array,
  parents: Uint16Array,
  children: Uint16Array,
  twins: Uint16Array,
  score: Float32Array,
  x: Uint16Array,
  y: Uint16Array,
  order: Int32Array,
  cluster: Int32Array,
};

/** Loads columns.js of a data folder. */
export async function loadColumns(address: string): Promise<Columns> {
  const packed = await loadPart<Record<string, unknown>>(address);
  return Object.fromEntries(
    Object.entries(packed).map(([name, value]) => [
      name,
      name in kinds ? new kinds[name as keyof typeof kinds](bytesOf(value as string)) : value,
    ]),
  ) as unknown as Columns;
}

function bytesOf(base64: string): ArrayBuffer {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes.buffer;
}

/** Activation of a feature, averaged over all evaluation tokens. */
export function importance({ active, mean, evaluationTokens }: Columns, index: number): number {
  return evaluationTokens > 0 ? (active[index]! * mean[index]!) / evaluationTokens : 0;
}
