import type { BrowseState } from './browse-state.ts';
import { loadColumns } from './columns.ts';
import type { Columns } from './columns.ts';
import { htmlText } from './html-text.ts';
import { loadPart } from './part.ts';
import { matcher } from './search.ts';

/** Features in one file of rows and of cards; the builder's constants of the same names. */
const ROWS = 4096;
const CARDS = 256;
/** Files that are loaded at once for a search. */
const AT_ONCE = 6;

/** Chips and explanations of one file's features. */
export interface Rows {
  chips: string[];
  on: number[][];
  explanations: string[];
  /** Texts of the chips and the explanations, made when first searched. */
  texts?: { chips: string[]; explanations: string[] };
}

/** What the card of one feature shows, in the order in which its file has it; text is HTML. */
export type Card = [
  firesOn: string,
  explanation: string,
  windows: string,
  likelier: string,
  childCount: number,
  children: [feature: number, similarity: number, cosine: number | null][],
  into: Edge[],
  outOf: Edge[],
];
export type Edge = [feature: number, strength: number, lift: number];

/** The data of one dictionary, read as it is needed. */
export interface Store {
  columns(): Promise<Columns>;
  /** The file of rows that a feature is in, and its place there. */
  row(index: number): Promise<{ rows: Rows; at: number }>;
  card(index: number): Promise<Card | undefined>;
  /** Chips of a feature if they are at hand. */
  known(index: number): string[];
  /**
   * Takes away the marks of features whose text does not match, a file at a time; it ends early when `step`, called
   * after each, says that nobody waits any more.
   *
   * @throws {SyntaxError} when the regular expression is none
   */
  search(state: BrowseState, marks: Uint8Array, step: (done: number, of: number) => boolean): Promise<void>;
}

/** Opens the data folder of a dictionary. @param folder its address, with the slash @param version of the data */
export function openStore(folder: string, version: string): Store {
  const loaded: (Rows | undefined)[] = [];
  const address = (name: string): string => `${folder}${name}.js?${version}`;
  let columns: Promise<Columns> | undefined;
  const rowsAt = async (at: number): Promise<Rows> =>
    (loaded[at] ??= await loadPart<Rows>(address(`rows-${at}`)));
  const cardsAt = (at: number): Promise<Card[]> => loadPart<Card[]>(address(`cards-${at}`));
  return {
    columns: () => (columns ??= loadColumns(address('columns'))),
    row: async (index) => ({ rows: await rowsAt(Math.floor(index / ROWS)), at: index % ROWS }),
    card: async (index) => (await cardsAt(Math.floor(index / CARDS)))[index % CARDS],
    known: (index) => {
      const rows = loaded[Math.floor(index / ROWS)];
      return rows?.on[index % ROWS]?.map((chip) => rows.chips[chip] ?? '') ?? [];
    },
    async search(state, marks, step) {
      const matches = matcher(state);
      const size = state.where === 'examples' ? CARDS : ROWS;
      const files = Math.ceil(marks.length / size);
      const read = (at: number): Promise<(index: number) => boolean> =>
        state.where === 'examples'
          ? cardsAt(at).then((cards) => (index) => matches(htmlText(cards[index]?.[2] ?? '')))
          : rowsAt(at).then((rows) => inRows(rows, state.where, matches));
      const waiting: Promise<(index: number) => boolean>[] = [];
      for (let at = 0; at < files; at++) {
        for (let next = at; next < Math.min(files, at + AT_ONCE); next++) waiting[next] ??= read(next);
        const test = await waiting[at];
        const from = at * size;
        const to = Math.min(marks.length, from + size);
        for (let index = from; index < to; index++)
          if (marks[index] && !(String(index) === state.text || test?.(index - from))) marks[index] = 0;
        if (!step(at + 1, files)) return;
      }
    },
  };
}

/** A test of one file's features: chips are many times fewer than features, so each is looked at once. */
function inRows(rows: Rows, where: string, matches: (text: string) => boolean): (index: number) => boolean {
  rows.texts ??= { chips: rows.chips.map(htmlText), explanations: rows.explanations.map(htmlText) };
  const { chips, explanations } = rows.texts;
  const found = where === 'explanations' ? [] : chips.map(matches);
  return (index) =>
    (rows.on[index]?.some((chip) => found[chip]) ?? false) ||
    (where !== 'tokens' && matches(explanations[index] ?? ''));
}
