import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { EntryWriter, type EntryFile, type Rows } from '../entries/entry-file.ts';
import { FeatureSums } from '../entries/feature-sums.ts';
import type { FeatureSource } from '../feature-source.ts';
import { KeptParts } from '../kept-parts.ts';

/** Activations of every feature on every token: `dense[token][feature]`. */
export type Dense = readonly (readonly number[])[];

/** A temporary folder, removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'analysis-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Where an analysis keeps its parts, in a temporary folder. */
export function keptParts(): KeptParts {
  const signal = new AbortController().signal;
  return new KeptParts({ checkpoint: temporaryFolder(), now: () => 0, say: () => {}, signal });
}

/** Active entries of some rows of a matrix. */
export function rowsOf(dense: Dense, first = 0): Rows {
  const offsets = new Uint32Array(dense.length + 1);
  const features: number[] = [];
  const values: number[] = [];
  dense.forEach((row, r) => {
    row.forEach((value, feature) => {
      if (value <= 0) return;
      features.push(feature);
      values.push(value);
    });
    offsets[r + 1] = features.length;
  });
  return {
    first,
    rows: dense.length,
    offsets,
    features: Uint32Array.from(features),
    values: Float32Array.from(values),
  };
}

/** Writes a matrix as an entry file, a few rows at a time. */
export function entriesOf(dense: Dense, perAppend = 7): EntryFile {
  const writer = new EntryWriter(join(temporaryFolder(), 'entries'));
  for (let first = 0; first < dense.length; first += perAppend) {
    writer.append(rowsOf(dense.slice(first, first + perAppend), first));
  }
  return writer.finish();
}

/** A dictionary with given activations. @param id as A/1 */
export function sourceOf(id: string, dense: Dense): FeatureSource {
  const sums = new FeatureSums(dense[0]!.length);
  sums.add(rowsOf(dense));
  return {
    id,
    model: id.charAt(0),
    kind: id.endsWith('neurons') ? 'neurons' : 'dictionary',
    features: dense[0]!.length,
    entries: entriesOf(dense),
    sums,
    reconstruction: null,
  };
}

/** Random activations, each feature active with its own probability; numbers are exact in float32. */
export function randomActivations(
  tokens: number,
  densities: readonly number[],
  uniform: () => number,
): number[][] {
  return Array.from({ length: tokens }, () =>
    densities.map((density) => (uniform() < density ? Math.fround(0.01 + uniform() * 3) : 0)),
  );
}

/** One feature's activations on all tokens. */
export function column(dense: Dense, feature: number): number[] {
  return dense.map((row) => row[feature]!);
}
