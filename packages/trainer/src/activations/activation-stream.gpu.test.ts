import {
  createTensor,
  openDevice,
  ProgramBuilder,
  readTensor,
  writeTensor,
  type Gpu,
} from '@monosema/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialValues } from '../model/initialise.ts';
import type { TransformerConfig } from '../model/parameters.ts';
import { createBatch, setBatch, uploadParameters, type Parameters } from '../model/training-program.ts';
import { forward } from '../model/transformer.ts';
import { Contexts } from '../tokens/contexts.ts';
import type { ActivationStream, StreamState } from './activation-stream.ts';
import { LiveSource } from './live-source.ts';
import { liveStream, type LiveStreamOptions } from './live-stream.ts';

const CONTEXTS = 200;
const T = 8;
const config: TransformerConfig = {
  layers: 2,
  dModel: 8,
  heads: 2,
  dMlp: 12,
  context: T,
  // Every token of the text is another, so that every vector is another.
  vocabulary: CONTEXTS * T + 1,
  activation: 'gelu',
  layerNormEpsilon: 1e-5,
  tied: false,
};
const A = config.dMlp;
const options: LiveStreamOptions = {
  site: { name: 'mlp-activations', layer: 1 },
  positionsPerContext: 4,
  bufferVectors: 512,
  batch: 64,
  seed: 5,
};
/** Batches after which every vector but a bufferful must have been read: both epochs of positions. */
const BATCHES = (CONTEXTS * T - options.bufferVectors) / options.batch;

const contexts = new Contexts(
  {
    length: config.vocabulary,
    read: (start, count) => Uint32Array.from({ length: count }, (_, i) => start + i),
  },
  T,
  'text',
);

let gpu: Gpu;
let parameters: Parameters;
/** (CONTEXTS·T,A) activations by the whole forward pass, context by context. */
let activations: Float32Array;
beforeAll(async () => {
  gpu = await openDevice();
  parameters = uploadParameters(gpu, config, initialValues(config, 1));
  activations = await wholePass();
});
afterAll(() => gpu.close());

async function wholePass(): Promise<Float32Array> {
  const batch = createBatch(gpu, CONTEXTS, T, config.vocabulary);
  setBatch(gpu, batch, contexts.readBatch(Array.from({ length: CONTEXTS }, (_, i) => i)));
  const p = new ProgramBuilder(gpu, 'whole pass');
  const values = new Map([...parameters].map(([name, tensor]) => [name, p.persistent(tensor)]));
  const tokens = { tokens: p.persistent(batch.tokens), order: null, starts: null, context: T };
  const out = p.output(forward(p, values, tokens, config).mlpActivations[options.site.layer]!);
  const program = await p.build();
  await program.run();
  const read = await readTensor(gpu, out);
  program.destroy();
  return read;
}

const open = (change: Partial<LiveStreamOptions> = {}): Promise<ActivationStream> =>
  liveStream(gpu, config, parameters, contexts, { ...options, ...change });

async function batches(stream: ActivationStream, count: number): Promise<Float32Array[]> {
  const given: Float32Array[] = [];
  for (let i = 0; i < count; i++) {
    await stream.next();
    given.push(await readTensor(gpu, stream.batch));
  }
  return given;
}

const keyOf = (rows: Float32Array, row: number): string => rows.subarray(row * A, (row + 1) * A).join();

/** Which (context, position) each row of a batch is, as context·T + position. */
function placesIn(batch: Float32Array, scale: number): (number | undefined)[] {
  const scaled = activations.map((value) => Math.fround(scale) * value);
  const places = new Map(
    Array.from({ length: scaled.length / A }, (_, place) => [keyOf(scaled, place), place]),
  );
  return Array.from({ length: batch.length / A }, (_, row) => places.get(keyOf(batch, row)));
}

describe('the activation stream', () => {
  it('gives no vector twice over epochs and refills, each exactly what the forward pass computes', async () => {
    const stream = await open();
    expect(stream.capacity).toBe(CONTEXTS * T);
    const places = (await batches(stream, BATCHES)).flatMap((batch) => placesIn(batch, stream.scale));
    expect(places.length).toBe(BATCHES * options.batch);
    expect(places.filter((place) => place === undefined)).toEqual([]);
    expect(new Set(places).size).toBe(places.length);
    // Both epochs: most contexts have given more than the four positions of the first.
    const perContext = Map.groupBy(places, (place) => Math.floor(place! / T));
    expect([...perContext.values()].filter((of) => of.length > 4).length).toBeGreaterThan(CONTEXTS / 2);
    stream.close();
  });

  it('is refused where every activation is zero, which no scale can mend', async () => {
    const dead = new Map(
      [...parameters].map(([name, tensor]) => [
        name,
        name.includes('mlp.c_fc') ? createTensor(gpu, name, tensor.shape) : tensor,
      ]),
    );
    const stream = await liveStream(gpu, config, dead, contexts, options);
    await expect(stream.prepare()).rejects.toThrow(
      /^dictionaries: expected activations with a mean norm above 0, got 0 over \d+ vectors; train the model longer or wider, or choose /,
    );
    stream.close();
  });

  it('mixes contexts: pairs of one context in a batch are as frequent as by chance', async () => {
    const { batch, positionsPerContext } = options;
    let [pairs, expected, unmixed] = [0, 0, 0];
    for (const seed of [5, 6, 7]) {
      const stream = await open({ seed });
      const pairsIn = (places: (number | undefined)[]): number => {
        const counts = [...Map.groupBy(places, (place) => Math.floor(place! / T)).values()];
        return counts.reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0);
      };
      let refills = 0;
      let chance = 0;
      for (let i = 0; i < BATCHES; i++) {
        await stream.next();
        const given = placesIn(await readTensor(gpu, stream.batch), stream.scale);
        if (stream.state().refills > refills) {
          // A shuffled buffer: each pair of its vectors is as likely in a batch as any other.
          refills = stream.state().refills;
          const pool = [...given, ...placesIn(await stream.vectors(stream.waiting), stream.scale)];
          chance = pairsIn(pool) / ((pool.length * (pool.length - 1)) / 2);
        }
        pairs += pairsIn(given);
        expected += ((batch * (batch - 1)) / 2) * chance;
        unmixed += (batch * (positionsPerContext - 1)) / 2;
      }
      stream.close();
    }
    // Rare and nearly independent, so about as many as expected give or take the root of it; at four of these.
    expect(Math.abs(pairs - expected)).toBeLessThan(4 * Math.sqrt(expected));
    // Vectors in the order in which they come would have been seen to be so.
    expect(unmixed - expected).toBeGreaterThan(40 * Math.sqrt(expected));
  });

  it('is refilled when half of its buffer is used, no sooner, and then up to the last pass that fits', async () => {
    const stream = await open();
    const half = options.bufferVectors / 2;
    const pass = 16 * options.positionsPerContext;
    let refilled = 0;
    await stream.next();
    for (let i = 1; i < BATCHES; i++) {
      const [before, { refills }] = [stream.waiting.length, stream.state()];
      await stream.next();
      expect(stream.state().refills - refills).toBe(before < half ? 1 : 0);
      const { given } = stream.state();
      if (before >= half || given + pass > stream.capacity) continue;
      refilled += 1;
      expect(stream.waiting.length + options.batch).toBeGreaterThan(options.bufferVectors - pass);
    }
    expect(refilled).toBeGreaterThan(1);
    stream.close();
  });

  it('takes K positions of each context, all over it, and others when it comes to the context again', async () => {
    const buffer = createTensor(gpu, 'buffer', [64, A]);
    const source = await LiveSource.open(
      gpu,
      config,
      parameters,
      contexts,
      { ...options, contextsPerPass: 10 },
      buffer,
    );
    const slots = Array.from({ length: source.rows }, (_, i) => i);
    const seen = new Set<number>();
    const atPosition = new Float64Array(T);
    for (let epoch = 0; epoch < 2; epoch++) {
      const ofEpoch: number[] = [];
      for (let i = 0; i < CONTEXTS / 10; i++) {
        expect(await source.fill(slots)).toBe(40);
        ofEpoch.push(...source.tokens);
      }
      for (const place of ofEpoch) seen.add(place);
      const perContext = Map.groupBy(ofEpoch, (place) => Math.floor(place / T));
      expect([...perContext.values()].map(({ length }) => length)).toEqual(
        Array.from({ length: CONTEXTS }, () => options.positionsPerContext),
      );
      if (epoch === 0) for (const place of ofEpoch) atPosition[place % T]! += 1;
    }
    expect(seen.size).toBe(CONTEXTS * T);
    // 800 of 8 positions, 100 each: within 4 standard deviations of the draw of 4 out of 8.
    for (const count of atPosition) expect(Math.abs(count - 100)).toBeLessThan(4 * Math.sqrt(200 / 4));
    expect(await source.fill(slots)).toBe(0);
    source.close();
    buffer.buffer.destroy();
  });

  it('scales vectors to a mean norm of √A', async () => {
    const stream = await open();
    const rows = (await batches(stream, BATCHES)).flatMap((batch) =>
      Array.from({ length: options.batch }, (_, row) =>
        Math.hypot(...batch.subarray(row * A, (row + 1) * A)),
      ),
    );
    const meanNorm = rows.reduce((sum, norm) => sum + norm, 0) / rows.length;
    expect(Math.abs(meanNorm / Math.sqrt(A) - 1)).toBeLessThan(0.02);
    stream.close();
  });

  it('is decided by its seed', async () => {
    const [one, same, other] = [await open(), await open(), await open({ seed: 6 })];
    const first = await batches(one, 5);
    expect(await batches(same, 5)).toEqual(first);
    const others = await batches(other, 5);
    expect(others[0]).not.toEqual(first[0]);
    for (const stream of [one, same, other]) stream.close();
  });

  it('goes on exactly where its state and its buffer left it', async () => {
    const whole = await open();
    await batches(whole, 7);
    const state = JSON.parse(JSON.stringify(whole.state())) as StreamState;
    const buffer = await readTensor(gpu, whole.buffer);
    const rest = await batches(whole, BATCHES - 7);

    const resumed = await open();
    await resumed.next();
    resumed.restore(state);
    writeTensor(gpu, resumed.buffer, buffer);
    expect(await batches(resumed, BATCHES - 7)).toEqual(rest);
    expect(resumed.scale).toBe(whole.scale);
    whole.close();
    resumed.close();
  });

  it('hands out vectors that wait without using them up', async () => {
    const stream = await open();
    await stream.next();
    const waiting = [...stream.waiting];
    // More than one batch of them, the last not full.
    const slots = waiting.slice(0, 100);
    const places = placesIn(await stream.vectors(slots), stream.scale);
    expect(places).not.toContain(undefined);
    await stream.load(slots.slice(64, 67));
    const loaded = await readTensor(gpu, stream.batch, 0, 3 * A);
    expect(placesIn(loaded, stream.scale)).toEqual(places.slice(64, 67));
    expect(stream.waiting).toEqual(waiting);
    stream.close();
  });

  it('draws waiting vectors by a seed, each once before any comes again', async () => {
    const stream = await open();
    await stream.next();
    const count = stream.waiting.length;
    const drawn = stream.draw(count + 10, 1);
    expect(drawn.slice(0, count).toSorted((a, b) => a - b)).toEqual(stream.waiting.toSorted((a, b) => a - b));
    expect(new Set(drawn.slice(count)).size).toBe(10);
    expect(stream.draw(count + 10, 1)).toEqual(drawn);
    expect(stream.draw(count, 2)).not.toEqual(drawn.slice(0, count));
    stream.close();
  });

  it('works with a buffer smaller than sixteen contexts, and refuses one that cannot be refilled', async () => {
    const stream = await open({ batch: 16, bufferVectors: 32 });
    const places = (await batches(stream, 90)).flatMap((batch) => placesIn(batch, stream.scale));
    expect(places).not.toContain(undefined);
    expect(new Set(places).size).toBe(90 * 16);
    stream.close();
    await expect(open({ batch: 2, bufferVectors: 5 })).rejects.toThrow(
      'train-dictionary: expected dictionaries.bufferVectors of at least batch + positionsPerContext = 6, got 5; raise it',
    );
  });
});
