import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createTensor, readTensor } from '@monosema/engine';
import type { Facts, StageContext } from '../artefacts/stage-context.ts';
import { loadModel } from '../model/model-folder.ts';
import { hookNameOf, siteOf, siteWidth } from '../model/sites.ts';
import { CorpusError } from '../text/corpus.ts';
import { Contexts } from '../tokens/contexts.ts';
import { TokenShard } from '../tokens/token-shard.ts';
import { LiveSource } from './live-source.ts';
import { ShardWriter, shardName } from './shard-writer.ts';

/** Bytes of activations in a shard, about. */
const SHARD_BYTES = 2 ** 28;
/** Contexts a forward pass takes at once. */
const CONTEXTS_PER_PASS = 16;

/**
 * Writes as many activations of a model as its dictionaries would train on into shards, in the order in which the live
 * source gives them. A shard that is there is whole, so an interrupted harvest goes on after the last.
 *
 * @throws {CorpusError} if the text has not that many
 */
export async function harvestStage(context: StageContext, shardBytes = SHARD_BYTES): Promise<Facts> {
  const { study, run, folder, signal } = context;
  const options = study.dictionaries;
  const site = siteOf(options);
  const gpu = await context.device();
  const { config, parameters } = loadModel(gpu, run.model(context.model!));
  using tokens = TokenShard.open(run.trainTokens);
  const contexts = new Contexts(tokens, study.transformer.context, 'training text');
  const width = siteWidth(config, site);
  const rows = CONTEXTS_PER_PASS * options.positionsPerContext;
  const buffer = createTensor(gpu, 'harvest', [rows, width]);
  const source = await LiveSource.open(
    gpu,
    config,
    parameters,
    contexts,
    { ...options, site, contextsPerPass: CONTEXTS_PER_PASS, seed: context.seed },
    buffer,
  );
  const total = options.vectors;
  if (Math.ceil(total / rows) * rows > source.capacity)
    throw new CorpusError(
      `harvest ${context.model}: expected text for ${total} vectors used once each, got ${source.capacity}; lower dictionaries.vectors or add text`,
    );
  const perShard = Math.max(1, Math.floor(shardBytes / (4 * width * rows))) * rows;
  const slots = Array.from({ length: rows }, (_, slot) => slot);
  const metadata = { model_name: `${study.name}/${context.model}`, hook_name: hookNameOf(site) };
  try {
    for (let shard = 0; shard * perShard < total; shard++) {
      const first = shard * perShard;
      const size = Math.min(perShard, total - first);
      if (existsSync(join(folder, shardName(shard)))) continue;
      source.seek(first);
      using writer = new ShardWriter(folder, shard, [size, width], metadata);
      for (let written = 0; written < size; written += rows) {
        signal.throwIfAborted();
        await source.fill(slots);
        const count = Math.min(rows, size - written);
        const activations = (await readTensor(gpu, buffer, 0, count * width)) as Float32Array<ArrayBuffer>;
        writer.append(activations, source.tokens.subarray(0, count));
        context.progress({ done: first + written + count, total, unit: 'vectors' });
      }
      writer.finish();
    }
  } finally {
    source.close();
    buffer.buffer.destroy();
  }
  const shards = Math.ceil(total / perShard);
  context.say(
    `harvest ${context.model}: ${total.toLocaleString('en')} vectors of ${metadata.hook_name} in ${shards} shard${shards === 1 ? '' : 's'}`,
  );
  return { ...metadata, vectors: total, width, shards };
}
