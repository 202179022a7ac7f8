import type { Playground, PlaygroundFiles } from '@monosema/trainer/browser';
import { chosenOf } from '../view/playground-view.ts';
import type { PiecedFile, PiecedWeights, PlaygroundView } from '../view/playground-view.ts';
import { loadScript } from './load-script.ts';
import { dropPart, loadPart } from './part.ts';

/** Pieces that are loaded at once. */
const AT_ONCE = 4;

/** The program that computes, which only those load who ask. */
export interface Program {
  readonly address: string;
  readonly bytes: number;
}

/**
 * Loads the program, the tokenizer, a dictionary and its model, and makes them ready to compute.
 *
 * @param progress told the bytes that have come
 * @throws an Error with a sentence for the reader; the signal's reason once it is aborted
 */
export async function loadPlayground(
  view: PlaygroundView,
  program: Program,
  id: string,
  signal: AbortSignal,
  progress: (bytes: number) => void,
): Promise<Playground> {
  let done = 0;
  const arrived = (bytes: number): void => progress((done += bytes));
  const { model, dictionary } = chosenOf(view, id);
  if (globalThis.monosemaOpen === undefined)
    await loadScript(program.address).catch(missing(program.address));
  arrived(program.bytes);
  const tokenizer = await loadFile(view.tokenizer.file, view.piece, signal, arrived);
  const weights = async ({ config, file }: PiecedWeights): Promise<PlaygroundFiles['model']> => ({
    name: file.stem,
    config,
    weights: await loadFile(file, view.piece, signal, arrived),
  });
  const files: PlaygroundFiles = {
    site: { name: view.site as PlaygroundFiles['site']['name'], layer: view.layer },
    tokenizer: { ...view.tokenizer, json: new TextDecoder().decode(tokenizer) },
    model: await weights(model),
    dictionary: await weights(dictionary),
  };
  signal.throwIfAborted();
  return globalThis.monosemaOpen!(files);
}

/** The bytes of a file, from its pieces. */
async function loadFile(
  { stem, bytes, sha256 }: PiecedFile,
  piece: number,
  signal: AbortSignal,
  arrived: (bytes: number) => void,
): Promise<Uint8Array> {
  const whole = new Uint8Array(bytes);
  const waiting = Array.from({ length: Math.ceil(bytes / piece) }, (_, at) => at);
  const worker = async (): Promise<void> => {
    for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
      signal.throwIfAborted();
      const address = `${stem}-${at}.js?${sha256.slice(0, 8)}`;
      const text = atob(await loadPart<string>(address).catch(missing(address)));
      dropPart(address);
      document.head.querySelector(`script[src="${address}"]`)?.remove();
      if (text.length !== Math.min(piece, bytes - at * piece)) damaged(stem);
      for (let i = 0, to = at * piece; i < text.length; i++, to++) whole[to] = text.charCodeAt(i);
      arrived(text.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  // Over plain http there are no digests; there is no WebGPU either.
  const digest = await (crypto.subtle as SubtleCrypto | undefined)?.digest('SHA-256', whole);
  if (digest !== undefined && hex(digest) !== sha256) damaged(stem);
  return whole;
}

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

function missing(address: string): () => never {
  return () => {
    throw new Error(
      `${address.replace(/\?.*/, '')} did not load, so nothing was computed; press the button again, and if it stays so, the site was published without it.`,
    );
  };
}

function damaged(stem: string): never {
  throw new Error(
    `${stem} came with other bytes than the site was built with, so nothing was computed; reload the page, and if it stays so, the site has to be published again.`,
  );
}
