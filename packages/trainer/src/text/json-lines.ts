import { isUtf8 } from 'node:buffer';
import { byteStream } from './byte-stream.ts';
import { CorpusError } from './corpus-error.ts';
import type { CorpusFile } from './corpus-files.ts';

const NEWLINE = 0x0a;
// Well below the longest string the runtime can hold.
const LONGEST_LINE = 256 << 20;

/** What one line of a .jsonl file gives; `id` and `domain` are null where the line has none, or an empty one. */
export interface JsonDocument {
  readonly line: number;
  readonly id: string | null;
  readonly domain: string | null;
  readonly text: string;
}

/**
 * The documents of a .jsonl file: one object a line, with a string `text` and optionally `id` (string or number)
 * and `domain` (string). Other fields are ignored, blank lines skipped.
 *
 * @throws {CorpusError} naming file and line if a line is anything else
 */
export async function* jsonDocuments(file: CorpusFile): AsyncGenerator<JsonDocument> {
  let number = 0;
  for await (const line of lines(file)) {
    number += 1;
    const document = parseLine(line, `${file.path}, line ${number}`);
    if (document) yield { line: number, ...document };
  }
}

async function* lines(file: CorpusFile): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let length = 0;
  for await (const chunk of byteStream(file)) {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      const rest = chunk.subarray(from, to);
      yield begun.length > 0 ? Buffer.concat([...begun, rest]) : rest;
      begun = [];
      length = 0;
      from = to + 1;
    }
    if (from === chunk.length) continue;
    begun.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > LONGEST_LINE)
      throw new CorpusError(
        `${file.path}: expected one JSON object a line, got a line of over ${LONGEST_LINE >> 20} MiB; cut the document into several`,
      );
  }
  if (length > 0) yield Buffer.concat(begun);
}

function parseLine(line: Buffer, where: string): Omit<JsonDocument, 'line'> | null {
  const fail = (got: string): never => {
    throw new CorpusError(
      `${where}: expected a JSON object with a string "text", got ${got}; correct or remove the line`,
    );
  };
  if (!isUtf8(line)) return fail('bytes that are not UTF-8');
  const json = line.toString('utf8');
  if (json.trim() === '') return null;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return fail(`${excerpt(json)}, which is not JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(excerpt(json));
  const { text, id = null, domain = null } = value as Record<string, unknown>;
  if (text === undefined)
    return fail(`one whose keys are ${excerpt(Object.keys(value).join(', ')) || 'none'}`);
  if (typeof text !== 'string') return fail(`"text": ${excerpt(JSON.stringify(text))}`);
  if (id !== null && typeof id !== 'string' && typeof id !== 'number')
    return fail(`an "id" that is neither string nor number, ${excerpt(JSON.stringify(id))}`);
  if (domain !== null && typeof domain !== 'string')
    return fail(`a "domain" that is no string, ${excerpt(JSON.stringify(domain))}`);
  const given = (value: string | number | null): string | null =>
    value === null || String(value).trim() === '' ? null : String(value);
  return { text, id: given(id), domain: given(domain) };
}

/** The beginning of foreign text, safe to print: control characters are shown as escapes. */
const excerpt = (text: string): string => {
  const head = text.slice(0, 60);
  const safe = head.replace(/[\p{C}]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
  return text.length > 60 ? `${safe}...` : safe;
};
