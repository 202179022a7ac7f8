import { openDevice, type Gpu } from '@monosema/engine';
import type { Site } from '../model/sites.ts';
import { continueTexts, softmax } from '../sampling/continue-text.ts';
import { ImportedTokenizer } from '../tokens/imported-tokenizer.ts';
import type { TextTokenizer } from '../tokens/tokenizer.ts';
import { tokenizerFromJson } from '../tokens/tokenizer-json.ts';
import type { Computer, ComputerAdapter, Steered } from './computer.ts';
import { gpuComputer } from './gpu-computer.ts';
import { plainComputer } from './plain-computer.ts';
import { readDictionary, readModel, type WeightBytes } from './read-weights.ts';

/** All that a playground is made of. */
export interface PlaygroundFiles {
  readonly site: Site;
  readonly tokenizer: {
    /** Contents of tokenizer.json. */
    readonly json: string;
    /** Whether it came along with a model, and was not learnt. */
    readonly imported: boolean;
    readonly endOfText: number;
  };
  readonly model: WeightBytes;
  readonly dictionary: WeightBytes;
}

/** A feature that is active on a token. */
export interface Active {
  readonly feature: number;
  readonly activation: number;
}

/** A token and how likely it comes next. */
export interface Likely {
  readonly token: number;
  readonly probability: number;
}

/** How a text is to go on. */
export interface Continuation {
  readonly tokens: readonly number[];
  /** Features and the activation that each is held at. */
  readonly pins: readonly { readonly feature: number; readonly value: number }[];
  /** New tokens. */
  readonly length: number;
  readonly seed: number;
}

/** A model, one of its dictionaries and their tokenizer, ready to compute in a page. */
export interface Playground {
  /** Null where plain JavaScript computes. */
  readonly adapter: ComputerAdapter | null;
  /** Why no adapter does, in a sentence; null where one does. */
  readonly reason: string | null;
  /** T: tokens that the model sees at once. */
  readonly context: number;
  /** F */
  readonly features: number;
  /** Tokens of a text, after the token that a document begins with. */
  encode(text: string): number[];
  tokenBytes(token: number): Uint8Array;
  readonly endOfText: number;
  /**
   * The features that are active on each token, the strongest first.
   *
   * @param tokens at most T
   */
  read(tokens: readonly number[], signal: AbortSignal): Promise<readonly (readonly Active[])[]>;
  /** The likeliest tokens after the last of some, at most T. @param count of them */
  next(tokens: readonly number[], count: number, signal: AbortSignal): Promise<readonly Likely[]>;
  /**
   * Goes on from a text, plainly and, where features are held, by the same random numbers with them held.
   *
   * @param drawn told of every new token as it is drawn
   */
  goOn(
    continuation: Continuation,
    signal: AbortSignal,
    drawn: (text: 'plain' | 'steered', token: number) => void,
  ): Promise<void>;
  close(): void;
}

/**
 * Opens a playground on the adapter that the browser gives, or in plain JavaScript where it gives none, or one that
 * cannot hold the model.
 *
 * @throws {SafetensorsError | DictionaryFolderError | ModelFolderError | TokenizerError} where a file is not what it
 * should be
 */
export async function openPlayground(files: PlaygroundFiles): Promise<Playground> {
  const model = readModel(files.model, files.site);
  const dictionary = await readDictionary(files.dictionary, model);
  const tokenizer = tokenizerOf(files.tokenizer, model.config.vocabulary);
  let gpu: Gpu | null = null;
  let computer: Computer;
  let reason: string | null = null;
  try {
    gpu = await openDevice();
    computer = await gpuComputer(gpu, model, dictionary);
    await computer.activations([tokenizer.endOfText], () => {});
  } catch (error) {
    gpu?.close();
    reason = (error as Error).message;
    computer = plainComputer(model, dictionary);
  }
  return playgroundOf(computer, reason, tokenizer, {
    context: model.config.context,
    features: dictionary.shape.features,
  });
}

/** A playground on whatever computes. @param reason see Playground */
export function playgroundOf(
  computer: Computer,
  reason: string | null,
  tokenizer: TextTokenizer,
  { context, features }: { readonly context: number; readonly features: number },
): Playground {
  let plain: Steered | null = null;
  let current: AbortSignal | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const watch = (): void => current?.throwIfAborted();
  /** One thing at a time: programs have one place for what they are given. */
  const inTurn = <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    const turn = last.then(() => {
      current = signal;
      watch();
      return work();
    });
    last = turn.catch(() => {});
    return turn;
  };
  return {
    adapter: computer.adapter,
    reason,
    context,
    features,
    endOfText: tokenizer.endOfText,
    encode: (text) => [tokenizer.endOfText, ...tokenizer.encode(text)],
    tokenBytes: (token) => tokenizer.tokenBytes(token),
    read: (tokens, signal) =>
      inTurn(signal, async () => {
        const all = await computer.activations(tokens, watch);
        return tokens.map((_, position) =>
          activeIn(all.subarray(position * features, (position + 1) * features)),
        );
      }),
    next: (tokens, count, signal) =>
      inTurn(signal, async () => {
        plain ??= await computer.steered([], 1, watch);
        const [logits] = await plain.predict([{ tokens, pins: [], after: [tokens.length - 1] }]);
        return likeliest(logits!, count);
      }),
    goOn: ({ tokens, pins, length, seed }, signal, drawn) =>
      inTurn(signal, async () => {
        const held = pins.map(({ value }, place) => ({ dictionary: 0, place, value }));
        const texts = held.length === 0 ? [[]] : [[], held];
        const wanted = pins.map(({ feature }) => feature);
        const model = await computer.steered(wanted, texts.length, watch);
        try {
          const beginnings = texts.map((of) => ({ tokens, pins: of, seed }));
          await continueTexts(model, beginnings, length, watch, (text, token) =>
            drawn(text === 0 ? 'plain' : 'steered', token),
          );
        } finally {
          model.destroy();
        }
      }),
    close: () => {
      plain?.destroy();
      computer.close();
    },
  };
}

function likeliest(logits: Float32Array, count: number): Likely[] {
  const probabilities = softmax(logits);
  return [...probabilities.keys()]
    .sort((a, b) => probabilities[b]! - probabilities[a]! || a - b)
    .slice(0, count)
    .map((token) => ({ token, probability: probabilities[token]! }));
}

function tokenizerOf(
  { json, imported, endOfText }: PlaygroundFiles['tokenizer'],
  size: number,
): TextTokenizer {
  const name = 'tokenizer.json';
  if (!imported) return tokenizerFromJson(json, name);
  return new ImportedTokenizer(JSON.parse(json) as Record<string, unknown>, name, { size, endOfText });
}

function activeIn(activations: Float32Array): Active[] {
  const active: Active[] = [];
  activations.forEach((activation, feature) => {
    if (activation > 0) active.push({ feature, activation });
  });
  return active.sort((a, b) => b.activation - a.activation || a.feature - b.feature);
}
