import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Facts, StageContext } from '../artefacts/stage-context.ts';
import { Contexts } from '../tokens/contexts.ts';
import { SpacedContexts } from '../tokens/spaced-contexts.ts';
import { TokenShard } from '../tokens/token-shard.ts';
import { evaluateLoss } from './evaluation.ts';
import { openModel } from './model-files.ts';
import { saveModel } from './model-folder.ts';
import { countParameters } from './parameters.ts';
import { shuffledWeights } from './shuffle.ts';
import { uploadParameters } from './training-program.ts';

/** Contexts over which each of its losses is taken, at most: nobody asks for many digits of them. */
const LOSS_CONTEXTS = 256;

/** Makes the control: the first model with the entries of each weight matrix shuffled. Measures its losses. */
export async function shuffleModelStage(context: StageContext): Promise<Facts> {
  const { study, run, signal, seed } = context;
  const original = study.transformer.models[0]!;
  const gpu = await context.device();
  using files = openModel(run.model(original));
  const { config } = files;
  const parameters = uploadParameters(
    gpu,
    config,
    shuffledWeights(config, (name) => files.read(name), seed),
  );
  const endOfText = files.json['eos_token_id'];
  await saveModel(gpu, context.folder, config, parameters, typeof endOfText === 'number' ? endOfText : null);
  copyFileSync(run.tokenizer, join(context.folder, 'tokenizer.json'));

  const evaluate = async (path: string, text: string) => {
    using shard = TokenShard.open(path);
    const T = study.transformer.context;
    const contexts = new SpacedContexts(new Contexts(shard, T, text), LOSS_CONTEXTS * T);
    return await evaluateLoss(gpu, config, parameters, contexts, signal);
  };
  const trained = await evaluate(run.trainTokens, 'training text');
  const evaluated = await evaluate(run.validationTokens, 'validation text');
  const { unigramLoss, bigramLoss } = context.inputs.find(
    ({ folder }) => folder === run.model(original),
  )!.facts;
  context.say(
    `shuffle-model ${context.model}: model ${original} with its weights shuffled; validation loss ${evaluated.loss.toFixed(3)} nats a token`,
  );
  return {
    config,
    parameters: countParameters(config),
    seed,
    trainingTokens: 0,
    validationTokens: evaluated.tokens,
    trainLoss: trained.loss,
    validationLoss: evaluated.loss,
    unigramLoss,
    bigramLoss,
    history: [],
  };
}
