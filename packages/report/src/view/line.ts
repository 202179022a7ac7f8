import type { Example } from '@monosema/trainer/records';
import { direction } from './direction.ts';
import { effectStep, shade, tokenElement } from './shade.ts';
import type { Unit, Vocabulary } from './vocabulary.ts';

/** A unit of an example as a page shows it. */
export interface ShownUnit {
  unit: Unit;
  /** Name of its element; undefined when it is mere text. */
  element: string | undefined;
  /** Bytes of its HTML, and of the tags in it. */
  bytes: number;
  tags: number;
  /** Elements in it, and it. */
  nodes: number;
}

/** How many units, tokens or the characters that several are parts of, a line shows before and after its centre. */
export interface Span {
  before: number;
  after: number;
}

/** As many on either side. */
export const either = (units: number): Span => ({ before: units, after: units });

/** An example made ready for being shown with any number of tokens either side of its centre. */
export interface Line {
  example: Example;
  units: ShownUnit[];
  /** Which unit the example was chosen for. */
  centre: number;
  /** The units that are shown at most, [first, last): none that the ends of the example cut from its character. */
  first: number;
  last: number;
  rightToLeft: boolean;
}

/** Sum of the loss changes of a unit's tokens; null when none of them has one. */
function effectOf(example: Example, unit: Unit): number | null {
  let sum: number | null = null;
  for (let i = unit.from; i < unit.to; i++) {
    const change = example.lossChange[i];
    if (change !== null && change !== undefined) sum = (sum ?? 0) + change;
  }
  return sum;
}

function activationOf(example: Example, unit: Unit): number {
  let largest = 0;
  for (let i = unit.from; i < unit.to; i++) largest = Math.max(largest, example.activations[i] ?? 0);
  return largest;
}

/**
 * Prepares an example. Units are elements where the feature is active, where it changed the prediction, and where the
 * example was chosen for them; the rest is text.
 */
export function lineOf(vocabulary: Vocabulary, example: Example, largest: number): Line {
  const { tokens } = example;
  const units = vocabulary.units(tokens);
  let centre = 0;
  const shown = units.map((unit, i): ShownUnit => {
    const activation = activationOf(example, unit);
    const effect = effectOf(example, unit);
    const central = unit.from <= example.at && example.at < unit.to;
    if (central) centre = i;
    const { glyph } = unit;
    if (activation <= 0 && effect === null && !central) {
      return { unit, element: undefined, bytes: glyph.runningBytes, tags: 0, nodes: glyph.elements };
    }
    const element = tokenElement(shade(activation, largest), effectStep(effect));
    // Two tags, and around the centre two more.
    const tags = 2 * element.length + 5 + (central ? 7 : 0);
    const bytes = (glyph.blank ? glyph.aloneBytes : glyph.runningBytes) + tags;
    return { unit, element, bytes, tags, nodes: glyph.elements + (central ? 2 : 1) };
  });
  const rightToLeft = direction(units.map(({ glyph }) => glyph)) === 'rtl';
  return { example, units: shown, centre, ...whole(vocabulary, tokens, units, centre), rightToLeft };
}

/** Bytes of a character that may lie on the other side of a cut through it. */
const REST = 3;

/**
 * The units [first, last) that are left when a character that an end of a token list cuts is taken off.
 *
 * @param centre a unit that is left in any case
 */
export function whole(
  vocabulary: Vocabulary,
  tokens: readonly number[],
  units: readonly Unit[],
  centre: number,
): { first: number; last: number } {
  const before = (i: number): boolean => vocabulary.cut(tokens[units[i]?.from ?? 0] ?? 0).before;
  let first = 0;
  if (units[0]?.from === 0) while (first < Math.min(centre, REST) && before(first)) first++;
  let last = units.length;
  const end = units[last - 1]?.to;
  if (end === tokens.length) {
    while (last > centre + 1 && units.length - last < REST && before(last - 1)) last--;
    const open = last > centre + 1 && vocabulary.cut(tokens[(units[last - 1]?.to ?? 1) - 1] ?? 0).after;
    last = open ? last - 1 : units.length;
  }
  return { first, last };
}

/** The units of a line that lie within a span, as a range [from, to) of them. */
export function within({ centre, first, last }: Line, { before, after }: Span): { from: number; to: number } {
  return { from: Math.max(first, centre - before), to: Math.min(last, centre + 1 + after) };
}

/** What HTML weighs: all its bytes, those of them that are text, how many tokens are elements, lines, and all elements. */
export interface Weight {
  bytes: number;
  text: number;
  elements: number;
  lines: number;
  nodes: number;
}

/** Elements of a line besides its tokens: the item, what stands before the tokens, the paragraph. */
const LINE_NODES = 4;

/** Weight of the units within a span. */
export function lineWeight(line: Line, span: Span): Weight {
  const { from, to } = within(line, span);
  const weight = { bytes: 0, text: 0, elements: 0, lines: 1, nodes: LINE_NODES };
  for (let i = from; i < to; i++) {
    const { bytes, tags, nodes } = line.units[i]!;
    weight.bytes += bytes;
    weight.nodes += nodes;
    weight.text += bytes - tags;
    if (tags > 0) weight.elements++;
  }
  return weight;
}

/** Columns of a fixed-width face that all of a line takes, about. */
export function lineColumns({ units, first, last }: Line): number {
  let columns = 0;
  for (let i = first; i < last; i++) columns += units[i]!.unit.glyph.columns;
  return columns;
}

/** The units within a span as HTML. The one the example was chosen for is in a `b`. */
export function lineHtml(line: Line, span: Span): string {
  const { from, to } = within(line, span);
  return unitsHtml(line, from, to);
}

function unitsHtml(line: Line, from: number, to: number): string {
  let html = '';
  for (let i = from; i < to; i++) {
    const { unit, element } = line.units[i]!;
    const { glyph } = unit;
    if (element === undefined) html += glyph.running;
    else {
      const whole = `<${element}>${glyph.blank ? glyph.alone : glyph.running}</${element}>`;
      html += i === line.centre ? `<b>${whole}</b>` : whole;
    }
  }
  return html;
}

/** What a line shows neither side of a span, as HTML: before it and after it. */
export function beyond(line: Line, span: Span): [before: string, after: string] {
  const { from, to } = within(line, span);
  return [unitsHtml(line, line.first, from), unitsHtml(line, to, line.last)];
}

/** The units within a span that are elements, in order: those that have something to tell. */
export function toldUnits(line: Line, span: Span): Unit[] {
  const { from, to } = within(line, span);
  const told: Unit[] = [];
  for (let i = from; i < to; i++) {
    const { unit, element } = line.units[i]!;
    if (element !== undefined) told.push(unit);
  }
  return told;
}
