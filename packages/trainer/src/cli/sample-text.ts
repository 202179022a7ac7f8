import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Gpu } from '@monosema/engine';
import { checkRead } from '../artefacts/check-read.ts';
import { Interrupted } from '../artefacts/interrupted.ts';
import type { RunFolder } from '../artefacts/run-folder.ts';
import type { Study } from '../config/schema.ts';
import { loadDictionary } from '../dictionary/dictionary-folder.ts';
import { loadModel } from '../model/model-folder.ts';
import { siteOf } from '../model/sites.ts';
import { openRecords } from '../records/index.ts';
import { continueTexts } from '../sampling/continue-text.ts';
import { parsePins, type PinRequest } from '../sampling/parse-pins.ts';
import { pinnedValues } from '../sampling/pinned-values.ts';
import { spellText } from '../sampling/spell-text.ts';
import { SteeredModel, type Pinnable, type Pins } from '../sampling/steered-model.ts';
import { openTokenizer } from '../tokens/open-tokenizer.ts';
import { TokenShard } from '../tokens/token-shard.ts';
import { UsageError } from './cli-error.ts';
import { lazyDevice } from './device.ts';
import type { Effects } from './effects.ts';
import { startProfile } from './profile.ts';
import { Reporter } from './progress.ts';
import { openStudy } from './run-until.ts';
import type { StudyOptions } from './shared-options.ts';

export interface SampleOptions extends StudyOptions {
  readonly prompt: string;
  readonly pin?: readonly string[];
  readonly tokens: string;
  readonly seed: string;
}

/**
 * Prints how a trained model goes on from a prompt with features held at an activation, beside how it goes on by the
 * same random numbers without.
 *
 * @throws {UsageError} if the study has not come far enough, or a pin is none of its features
 * @throws {RunFolderError} if the tokenizer, the model or a dictionary is not as its stage wrote it
 */
export async function sampleText(
  config: string | undefined,
  options: SampleOptions,
  effects: Effects,
): Promise<void> {
  const tokens = wholeNumber('--tokens', options.tokens, 1);
  const seed = wholeNumber('--seed', options.seed, 0);
  const pins = parsePins(options.pin ?? []);
  const { study, run } = await openStudy(config, options);
  const letter = modelSampled(study, pins);
  await checkSampled(study, run, letter, pins);
  const values = await pinnedValues(pins, async (id, feature) => {
    const records = openRecords(run.records);
    checkFeature(id, feature, records.dictionary(id).features);
    return (await records.feature(id, feature)).maxActivation;
  });
  const reporter = new Reporter(effects, options.quiet === true);
  const say = (line: string): void => reporter.say(line);
  const profile = await startProfile(options.profile, join(run.shown, 'trace.json'));
  const device = lazyDevice({ ...options, kernels: study.kernels }, say, (gpu) => profile?.attach(gpu));
  let whole = false;
  try {
    const gpu = await device.open();
    using shard = TokenShard.open(run.validationTokens);
    const tokenizer = openTokenizer(run.tokenizer, study.transformer.import !== null, shard);
    const model = { site: siteOf(study.dictionaries), ...loadModel(gpu, run.model(letter)) };
    const pinnable = await loadPinned(gpu, run, pins);
    const steered = await SteeredModel.build(gpu, model, pinnable, 2, 2);
    const held = pins.length > 0 ? [placesOf(pins, values, pinnable)] : [];
    const beginning = [tokenizer.endOfText, ...tokenizer.encode(options.prompt)];
    const sequences = [[], ...held].map((of) => ({ tokens: beginning, pins: of, seed }));
    let done = 0;
    const continued = await continueTexts(steered, sequences, tokens, () => {
      if (effects.signal.aborted) throw new Interrupted('interrupted; nothing is kept of a sample');
      reporter.progress('sample', { done: done++, total: tokens, unit: 'tokens' });
    });
    steered.destroy();
    reporter.clear();
    const [plain = '', pinned] = continued.map((text) => spellText(text, tokenizer));
    effects.out(printed(options, seed, plain, pinned));
    whole = true;
  } finally {
    reporter.clear();
    try {
      await profile?.report(effects, options.json === true, whole);
    } finally {
      device.close();
    }
  }
}

/** Letter of the model that pins are features of, or of the study's first. */
function modelSampled({ transformer }: Study, pins: readonly PinRequest[]): string {
  const letter = pins[0]?.dictionary.charAt(0) ?? transformer.models[0]!;
  const other = pins.find(({ dictionary }) => dictionary.charAt(0) !== letter);
  if (other !== undefined)
    throw new UsageError(
      `sample: expected features of one model, got ${pins[0]!.dictionary} and ${other.dictionary}; sample from one model at a time`,
    );
  return letter;
}

/** Sees to it that all that is sampled with is there, as its stage wrote it. */
async function checkSampled(
  { dictionaries: { list, imports } }: Study,
  run: RunFolder,
  letter: string,
  pins: readonly PinRequest[],
): Promise<void> {
  const known = [...list, ...imports].map(({ id }) => id);
  for (const { dictionary } of pins)
    if (!known.includes(dictionary))
      throw new UsageError(
        `sample: expected a dictionary of the study (${known.join(', ')}), got "${dictionary}"; name one of them`,
      );
  if (!existsSync(run.model(letter)))
    throw new UsageError(
      `sample: expected a trained model ${letter} in ${run.shown}, got none; run the study first (monosema run)`,
    );
  await checkRead(run.tokens, join(run.shown, 'tokens'), basename(run.tokenizer));
  await checkRead(run.model(letter), join(run.shown, 'models', letter));
  for (const dictionary of new Set(pins.map((pin) => pin.dictionary)))
    await checkRead(
      run.dictionaries(letter),
      join(run.shown, 'dictionaries', letter),
      dictionary.slice(letter.length + 1),
    );
}

/** Loads the dictionaries of pins, each with the features that are held. */
async function loadPinned(gpu: Gpu, run: RunFolder, pins: readonly PinRequest[]): Promise<Pinnable[]> {
  const pinnable: Pinnable[] = [];
  for (const id of new Set(pins.map((pin) => pin.dictionary))) {
    const { dictionary } = await loadDictionary(gpu, run.dictionary(id), id);
    const features = pins.filter((pin) => pin.dictionary === id).map(({ feature }) => feature);
    for (const feature of features) checkFeature(id, feature, dictionary.features);
    pinnable.push({ id, dictionary, features });
  }
  return pinnable;
}

/** @throws {UsageError} if a dictionary of so many features has no such feature */
function checkFeature(id: string, feature: number, features: number): void {
  if (feature < features) return;
  throw new UsageError(
    `sample: expected a feature of ${id} from 0 to ${features - 1}, got ${feature}; choose one of them`,
  );
}

/** Where each pin is among the features that are held, and at what value. */
function placesOf(
  pins: readonly PinRequest[],
  values: readonly number[],
  pinnable: readonly Pinnable[],
): Pins {
  return pins.map(({ dictionary: id, feature }, i) => {
    const dictionary = pinnable.findIndex((one) => one.id === id);
    return { dictionary, place: pinnable[dictionary]!.features.indexOf(feature), value: values[i]! };
  });
}

/** What the command prints: both continuations, the steered one first. */
function printed(
  { json, prompt, pin }: SampleOptions,
  seed: number,
  plain: string,
  steered: string | undefined,
): string {
  if (json === true)
    return `${JSON.stringify({ prompt, seed, pins: pin ?? [], plain, ...(steered !== undefined && { steered }) })}\n`;
  return `${steered === undefined ? '' : `steered  ${prompt}${steered}\n\n`}plain    ${prompt}${plain}\n`;
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new UsageError(
      `sample: expected ${name} to be a whole number of at least ${least}, got "${text}"; give one`,
    );
  return value;
}
