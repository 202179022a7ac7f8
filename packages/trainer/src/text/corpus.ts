import { CorpusError } from './corpus-error.ts';
import { corpusFiles, describePassedOver, EXTENSIONS, type CorpusFile } from './corpus-files.ts';
import { jsonDocuments } from './json-lines.ts';
import { textPassages } from './plain-text.ts';

export { CorpusError, type CorpusFile };

/** A piece of text that stands for itself; it is well-formed Unicode and never empty. */
export interface Document {
  readonly id: string;
  readonly text: string;
  readonly domain: string | null;
}

/** Text on disk, read one document at a time, as often as it is iterated and always in the same order. */
export interface Corpus extends AsyncIterable<Document> {
  readonly path: string;
  /** The files it reads, in order. */
  files(): Iterable<CorpusFile>;
  /** A sentence on the files beside those that it does not read, hidden ones aside; null where there are none. */
  passedOver(): string | null;
}

/**
 * Opens a file or a folder (with its sub-folders) of .txt, .jsonl, .txt.gz or .jsonl.gz as a stream of documents.
 *
 * A .jsonl line has `text` and optionally `id` and `domain`; a .txt file is one document, or several passages
 * where it is long. Without an id, a document is named by its file and line (`a.jsonl#3`) or its file and byte
 * offset (`a.txt`, `b.txt@16384`); without a domain, by the first sub-folder it lies in, else null. A lone
 * surrogate, which no UTF-8 can hold, becomes U+FFFD, as TextEncoder has it; all other text is left as it is.
 * Documents without any text are passed over.
 *
 * @throws {CorpusError} now, if there is nothing usable at the path; while iterating, on the first file or
 * line that is not as described, or at the end if no document had text
 */
export function openCorpus(path: string): Corpus {
  // Only the first file is looked for: a fault of the path shows at once, a large folder is not listed twice.
  corpusFiles(path).next();
  return {
    path,
    files: () => corpusFiles(path),
    passedOver: () => {
      const others = describePassedOver(path);
      return others === null
        ? null
        : `corpus ${path}: passed over ${others}; files are read whose names end in ${EXTENSIONS}`;
    },
    [Symbol.asyncIterator]: () => documents(path),
  };
}

async function* documents(path: string): AsyncGenerator<Document> {
  let empty = true;
  for (const file of corpusFiles(path)) {
    for await (const document of documentsOf(file)) {
      if (document.text === '') continue;
      empty = false;
      yield document;
    }
  }
  if (empty) throw new CorpusError(`corpus ${path}: expected text, got only empty files; add some text`);
}

async function* documentsOf(file: CorpusFile): AsyncGenerator<Document> {
  const slash = file.name.indexOf('/');
  const folder = slash < 0 ? null : file.name.slice(0, slash).toWellFormed();
  const name = file.name.toWellFormed();
  if (file.format === 'txt')
    for await (const { offset, text } of textPassages(file))
      yield { id: offset === null ? name : `${name}@${offset}`, text, domain: folder };
  else
    for await (const { line, id, text, domain } of jsonDocuments(file))
      yield {
        id: id?.toWellFormed() ?? `${name}#${line}`,
        text: text.toWellFormed(),
        domain: domain?.toWellFormed() ?? folder,
      };
}
