import { basename, join } from 'node:path';
import { copyFileSync } from 'node:fs';
import type { Facts, StageContext } from '../artefacts/stage-context.ts';
import { baselines, contextRange } from '../tokens/baselines.ts';
import { Contexts } from '../tokens/contexts.ts';
import { SpacedContexts } from '../tokens/spaced-contexts.ts';
import { TokenShard } from '../tokens/token-shard.ts';
import { describeLayers } from './describe-layers.ts';
import { evaluateLoss } from './evaluation.ts';
import { copyModel, loadModel } from './model-folder.ts';
import { countParameters } from './parameters.ts';
import { predictsLittle } from './predicts-little.ts';
import { VALIDATION_CONTEXTS } from './train-model-stage.ts';

/** Takes a model from elsewhere in the place of one trained here, and measures what training would have. */
export async function importModelStage(context: StageContext): Promise<Facts> {
  const { study, run, signal } = context;
  const source = study.transformer.import!;
  using train = TokenShard.open(run.trainTokens);
  using validation = TokenShard.open(run.validationTokens);
  const trainContexts = new Contexts(train, study.transformer.context, 'training text');
  const validationContexts = new Contexts(validation, study.transformer.context, 'validation text');
  copyModel(source, context.folder);
  copyFileSync(run.tokenizer, join(context.folder, 'tokenizer.json'));

  const gpu = await context.device();
  const { config, parameters } = loadModel(gpu, context.folder);
  const spaced = (contexts: Contexts): SpacedContexts =>
    new SpacedContexts(contexts, VALIDATION_CONTEXTS * contexts.length);
  const held = spaced(validationContexts);
  const trained = await evaluateLoss(gpu, config, parameters, spaced(trainContexts), signal);
  const evaluated = await evaluateLoss(gpu, config, parameters, held, signal);
  const counted = baselines(
    contextRange(trainContexts),
    contextRange(held, 0, evaluated.tokens / held.length),
    config.vocabulary,
  );
  context.say(
    `train-model ${context.model}: ${basename(source)}, ${describeLayers(config.layers)}, as it is; validation loss ${evaluated.loss.toFixed(3)} nats a token; ` +
      `bigram ${counted.bigram.toFixed(3)}, unigram ${counted.unigram.toFixed(3)} (counted on the training text)`,
  );
  const losses = { model: evaluated.loss, unigram: counted.unigram };
  const little = predictsLittle(context.model!, losses, 'choose text of the kind that it was trained on');
  if (little !== null) context.say(little);
  return {
    config,
    parameters: countParameters(config),
    seed: 0,
    trainingTokens: 0,
    validationTokens: evaluated.tokens,
    trainLoss: trained.loss,
    validationLoss: evaluated.loss,
    unigramLoss: counted.unigram,
    bigramLoss: counted.bigram,
    history: [],
  };
}
