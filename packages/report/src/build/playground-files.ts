import { readFileSync } from 'node:fs';
import {
  playgroundDictionaryFiles,
  playgroundModelFiles,
  playgroundTokenizerFile,
} from '@monosema/trainer/records';
import type { PlaygroundRecord, Records } from '@monosema/trainer/records';
import { size } from '../view/number.ts';
import { part } from '../view/part.ts';
import type { PiecedFile, PiecedWeights, PlaygroundView } from '../view/playground-view.ts';
import { ReportError } from '../report-error.ts';

/** Bytes of a piece: a multiple of three, so that base64 of the pieces is base64 of the whole. */
const PIECE = 3 * 2 ** 18;

/** Share of what a site may weigh that weights may take: pages are what it is for. */
const SHARE = 0.25;

/** Which dictionaries a site has in its playground; false for none, and no playground. */
export type PlaygroundChoice = false | { readonly dictionaries: readonly string[] } | undefined;

/** The playground of a site, or in a sentence why there is none. */
export interface Playground {
  readonly view: PlaygroundView | null;
  /** Why there is none, or which dictionaries it lacks; empty where it has all. */
  readonly lacks: string;
}

/**
 * Chooses what the playground of a site has, of what its records hand out.
 *
 * @param maxBytes what the site may weigh
 * @throws {ReportError} when the choice names a dictionary that the records do not hand out
 */
export function playgroundOf(records: Records, choice: PlaygroundChoice, maxBytes: number): Playground {
  if (choice === false) return { view: null, lacks: 'This site was built without a playground.' };
  const record = records.playground();
  if (record === null)
    return {
      view: null,
      lacks: 'These records have no weights, so there is no playground; an analysis anew adds them.',
    };
  const known = record.dictionaries.map(({ id }) => id);
  const absent = choice?.dictionaries.find((id) => !known.includes(id));
  if (absent !== undefined)
    throw new ReportError(
      `monosemaReport: expected the option "playground.dictionaries" to name dictionaries that the records have weights of (${known.join(', ') || 'none'}), got "${absent}"; name one of them, or leave it out`,
    );
  const chosen = withinRoom(record, choice?.dictionaries ?? known, SHARE * maxBytes);
  const left = (choice?.dictionaries ?? known).filter((id) => !chosen.includes(id));
  const lacks = [
    ...record.tooLarge.map(
      ({ id, bytes }) =>
        `${id} is not in it: a reader would load ${size(bytes)}, and ${size(record.limit)} is the limit.`,
    ),
    ...(left.length > 0 ? [`${left.join(', ')} would weigh more than a quarter of the site.`] : []),
  ].join(' ');
  return chosen.length === 0
    ? { view: null, lacks: `There is no playground. ${lacks}`.trim() }
    : { view: viewOf(records.root, record, records, chosen), lacks };
}

/** The first dictionaries that fit, with their models. */
function withinRoom(
  { tokenizer, models, dictionaries }: PlaygroundRecord,
  wanted: readonly string[],
  room: number,
): string[] {
  let used = encoded(tokenizer.bytes);
  const counted = new Set<string>();
  return wanted.filter((id) => {
    const model = models.find((each) => each.id === modelOf(id));
    const own = dictionaries.find((each) => each.id === id);
    if (!model || !own) return false;
    const more = encoded(own.weights.bytes) + (counted.has(model.id) ? 0 : encoded(model.weights.bytes));
    if (used + more > room) return false;
    used += more;
    counted.add(model.id);
    return true;
  });
}

const encoded = (bytes: number): number => Math.ceil((bytes * 4) / 3);
const modelOf = (id: string): string => id.slice(0, id.indexOf('/'));

function viewOf(
  root: string,
  { site, layer, tokenizer, models, dictionaries }: PlaygroundRecord,
  records: Records,
  chosen: readonly string[],
): PlaygroundView {
  const read = (
    id: string,
    config: string,
    { bytes, sha256 }: { bytes: number; sha256: string },
  ): PiecedWeights => ({
    id,
    config: JSON.parse(readFileSync(config, 'utf8')) as Record<string, unknown>,
    file: { stem: `playground/${id}`, bytes, sha256 },
  });
  const { bytes, sha256, imported, endOfText } = tokenizer;
  return {
    site,
    layer,
    piece: PIECE,
    tokenizer: { file: { stem: 'playground/tokenizer', bytes, sha256 }, imported, endOfText },
    models: models
      .filter(({ id }) => chosen.some((of) => modelOf(of) === id))
      .map(({ id, weights }) => read(id, playgroundModelFiles(root, id).config, weights)),
    dictionaries: dictionaries
      .filter(({ id }) => chosen.includes(id))
      .map(({ id, weights }) => ({
        ...read(id, playgroundDictionaryFiles(root, id).config, weights),
        model: modelOf(id),
        features: records.dictionary(id).features,
      })),
  };
}

/** The files that a page loads, a file of the records after the other. @throws {ReportError} see bytesOf */
export function* playgroundParts(
  root: string,
  view: PlaygroundView,
): Generator<{ path: string; code: string }> {
  for (const source of sourcesOf(root, view)) {
    const bytes = bytesOf(source);
    for (let at = 0; at * PIECE < bytes.length; at++)
      yield { path: `${source.file.stem}-${at}.js`, code: pieceOf(bytes, at) };
  }
}

/** One of those files; undefined where there is none of that path. */
export function playgroundPart(root: string, view: PlaygroundView, path: string): string | undefined {
  const [, stem, at] = /^(playground\/.+)-(\d+)\.js$/.exec(path) ?? [];
  const source = sourcesOf(root, view).find(({ file }) => file.stem === stem);
  if (!source || Number(at) * PIECE >= source.file.bytes) return undefined;
  return pieceOf(bytesOf(source), Number(at));
}

/** A file of a site, and the file of the records that it is made of. */
interface Source {
  readonly file: PiecedFile;
  readonly path: string;
}

function sourcesOf(root: string, { tokenizer, models, dictionaries }: PlaygroundView): Source[] {
  return [
    { file: tokenizer.file, path: playgroundTokenizerFile(root) },
    ...models.map(({ id, file }) => ({ file, path: playgroundModelFiles(root, id).weights })),
    ...dictionaries.map(({ id, file }) => ({ file, path: playgroundDictionaryFiles(root, id).weights })),
  ];
}

/** @throws {ReportError} where the file is not what the records say of it */
function bytesOf({ file, path }: Source): Buffer {
  const bytes = readFileSync(path);
  if (bytes.length !== file.bytes)
    throw new ReportError(
      `${path}: expected the ${file.bytes} bytes that playground.json names, got ${bytes.length}; run the analysis again`,
    );
  return bytes;
}

function pieceOf(bytes: Buffer, at: number): string {
  return part(bytes.subarray(at * PIECE, (at + 1) * PIECE).toString('base64'));
}
