import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  copyRows,
  createTensor,
  openDevice,
  ProgramBuilder,
  readTensor,
  sizeOf,
  type Gpu,
} from '@monosema/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SITES } from '../config/sites.ts';
import { rounded } from '../artefacts/testing/foreign-file.ts';
import { normals, wordOf } from '../random/seeded.ts';
import { loadModel } from './model-folder.ts';
import { parameterShapes, type TransformerConfig } from './parameters.ts';
import { hookNameOf, siteWidth, type Site } from './sites.ts';
import { writeForeignModel } from './testing/foreign-model.ts';
import { createBatch, setBatch, type Parameters } from './training-program.ts';
import { forwardFrom, forwardTo, logits } from './transformer.ts';
import { referencePass, type ReferencePass } from './transformer.reference.ts';

/** T: fewer tokens than the model has positions. */
const CONTEXT = 5;
const SEQUENCES = 2;
const config: TransformerConfig = {
  layers: 3,
  dModel: 12,
  heads: 3,
  dMlp: 20,
  context: 7,
  vocabulary: 17,
  activation: 'gelu_new',
  layerNormEpsilon: 1e-3,
  tied: true,
};
const EVERY: readonly Site[] = [0, 1, 2].flatMap((layer) => SITES.map((name): Site => ({ name, layer })));

const shapes = parameterShapes(config);
/** Weights of which every one matters, as a checkpoint in half precision holds them. */
const weights = (name: string): Float64Array => {
  const normal = normals(1, wordOf(name));
  const shift = /ln_.\.weight$/.test(name) ? 1 : 0;
  return Float64Array.from({ length: sizeOf(shapes.get(name)!) }, () =>
    rounded('F16', shift + 0.3 * normal()),
  );
};
const tokens = Uint32Array.from({ length: SEQUENCES * (CONTEXT + 1) }, (_, i) => (i * 7 + 3) % 17);
const inputs = [...tokens].filter((_, i) => i % (CONTEXT + 1) < CONTEXT);

let gpu: Gpu;
let folder: string;
beforeAll(async () => {
  gpu = await openDevice();
  folder = mkdtempSync(join(tmpdir(), 'monosema-sites-'));
});
afterAll(() => {
  gpu.close();
  rmSync(folder, { recursive: true });
});

function imported(of: TransformerConfig): Parameters {
  const path = join(folder, of.activation);
  writeForeignModel(path, {
    config: of,
    dtype: 'F16',
    bare: true,
    shards: 2,
    values: weights,
  });
  return loadModel(gpu, path).parameters;
}

/** Activations at a site and the logits, on the device. @param edited (N,A) instead of the activations that the model has there */
async function run(
  of: TransformerConfig,
  parameters: Parameters,
  site: Site,
  edited?: Float32Array,
): Promise<{ activations: Float32Array; logits: Float32Array }> {
  const batch = createBatch(gpu, SEQUENCES, CONTEXT, of.vocabulary);
  setBatch(gpu, batch, tokens);
  const p = new ProgramBuilder(gpu, 'site');
  const values = new Map([...parameters].map(([name, tensor]) => [name, p.persistent(tensor)]));
  const ofBatch = { tokens: p.persistent(batch.tokens), order: null, starts: null, context: CONTEXT };
  const at = forwardTo(p, values, ofBatch, of, site);
  const taken = p.output(at.activations);
  const width = siteWidth(of, site);
  const put = edited && p.persistent(createTensor(gpu, 'edited', [edited.length / width, width], edited));
  const last = forwardFrom(p, { ...at, activations: put ?? at.activations }, values, ofBatch, of, site);
  const out = p.output(logits(p, last, values, of));
  const program = await p.build();
  await program.run();
  const read = { activations: await readTensor(gpu, taken), logits: await readTensor(gpu, out) };
  program.destroy();
  return read;
}

function expectNear(got: Float32Array, want: ReferencePass['logits']): void {
  const flat = want.flatMap((row) => [...row]);
  expect(got.length).toBe(flat.length);
  const largest = Math.max(...flat.map(Math.abs));
  const furthest = got.reduce((most, value, i) => Math.max(most, Math.abs(value - flat[i]!)), 0);
  // Float32 through three blocks of sums of at most 36 products.
  expect(furthest / largest).toBeLessThan(2e-5);
}

describe.each(['gelu_new', 'gelu', 'relu'] as const)('an imported model with %s', (activation) => {
  const of = { ...config, activation };
  const reference = referencePass(of, weights, inputs, CONTEXT);

  it('has the activations of float64 at every site of every layer, and its logits after each', async () => {
    const parameters = imported(of);
    for (const site of EVERY) {
      const got = await run(of, parameters, site);
      expectNear(got.activations, reference.at(site));
      expectNear(got.logits, reference.logits);
    }
  });

  it('goes on from other activations at any site as float64 does', async () => {
    const parameters = imported(of);
    for (const site of EVERY) {
      const edit = (value: number, i: number): number => Math.fround(value * 0.5 + ((i % 5) - 2) / 8);
      const edited = reference.at(site).map((row) => row.map(edit));
      const isHere = ({ name, layer }: Site): boolean => name === site.name && layer === site.layer;
      const want = referencePass(of, weights, inputs, CONTEXT, (here, activations) =>
        isHere(here) ? edited : activations,
      );
      const got = await run(of, parameters, site, Float32Array.from(edited.flatMap((row) => [...row])));
      expectNear(got.logits, want.logits);
    }
  });
});

it('computes at a site the rows that were chosen alone, as the whole pass has them', async () => {
  const parameters = imported(config);
  const chosen = [7, 0, 4];
  const reference = referencePass(config, weights, inputs, CONTEXT);
  const batch = createBatch(gpu, SEQUENCES, CONTEXT, config.vocabulary);
  setBatch(gpu, batch, tokens);
  const places = Uint32Array.from(chosen.flatMap((from, to) => [from, to]));
  const of = createTensor(gpu, 'places', [chosen.length, 2], places, 'u32');
  for (const site of EVERY) {
    const p = new ProgramBuilder(gpu, 'chosen rows');
    const values = new Map([...parameters].map(([name, tensor]) => [name, p.persistent(tensor)]));
    const ofBatch = { tokens: p.persistent(batch.tokens), order: null, starts: null, context: CONTEXT };
    const { activations } = forwardTo(p, values, ofBatch, config, site, (all) => {
      const some = p.temporary('chosen', [chosen.length, all.shape[1]!]);
      copyRows(p, all, p.persistent(of), some);
      return some;
    });
    const out = p.output(activations);
    const program = await p.build();
    await program.run({ rows: chosen.length, scale: 1 });
    expect(out.shape).toEqual([chosen.length, siteWidth(config, site)]);
    const every = reference.at(site);
    expectNear(
      await readTensor(gpu, out),
      chosen.map((row) => every[row]!),
    );
    program.destroy();
  }
});

it('calls its sites as TransformerLens does', () => {
  expect(SITES.map((name) => hookNameOf({ name, layer: 3 }))).toEqual([
    'blocks.3.hook_resid_pre',
    'blocks.3.hook_resid_mid',
    'blocks.3.mlp.hook_post',
    'blocks.3.hook_mlp_out',
    'blocks.3.hook_resid_post',
  ]);
});
