import type { Example } from '@monosema/trainer/records';
import { plain } from './escape.ts';
import { either, lineHtml, lineOf, toldUnits } from './line.ts';
import type { Line, Span } from './line.ts';
import { significant, signed } from './number.ts';
import { unitValues } from './unit-values.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Whether the values of the tokens stand in the line itself, or in a file beside the page. */
export type Values = 'inline' | 'apart';

/** A line as a paragraph; see {@link tokensHtml}. */
export function paragraph(line: Line, span: Span, values: Values): string {
  const stored =
    values === 'inline'
      ? ` data-v=[${toldUnits(line, span)
          .map((unit) => unitValues(line.example, unit))
          .join()}]`
      : '';
  return `<p${line.rightToLeft ? ' dir=rtl' : ''}${stored}>${lineHtml(line, span)}`;
}

/**
 * The tokens of an example as one paragraph. Told units are elements whose names say shade and effect, the rest is
 * text; the unit the example was chosen for is in a `b`. The paragraph is left open, which ends it where the next
 * item or the list does. What it stands in has the class `ex`.
 *
 * @param options.reach tokens either side of the centre
 */
export function tokensHtml(
  vocabulary: Vocabulary,
  example: Example,
  largest: number,
  { reach = Infinity, values = 'inline' }: { reach?: number; values?: Values } = {},
): string {
  const span = either(reach);
  return paragraph(lineOf(vocabulary, example, largest), span, values);
}

/** Loss change of the token after the centre, on which the feature's activation at the centre acts. */
export function effectAfterCentre(example: Example): number | null {
  return example.lossChange[example.at + 1] ?? null;
}

/** Characters of a source beside a line; the tooltip has all of it. */
const CITED = 40;

/** Escaped sources that are remembered: domains are few and stand beside every line. */
const cited = new Map<string, string>();

function cite({ domain, document }: Example): string {
  const source = (domain ?? document).slice(0, CITED);
  if (domain === null) return plain(source);
  let known = cited.get(source);
  if (known === undefined) {
    if (cited.size >= 1000) cited.clear();
    cited.set(source, (known = plain(source)));
  }
  return known;
}

/** An activation in the width of its column: of the weakest two digits tell enough. */
const activation = (value: number | undefined): string =>
  significant(value, value !== undefined && value < 0.01 ? 2 : 3);

/** An effect as its digits say it: what rounds to zero has neither sign nor colour. */
function effectHtml(text: string): string {
  const name = text.startsWith('+') ? 'b' : text.startsWith('\u2212') ? 'u' : 'em';
  return `<${name}>${text}</${name}>`;
}

/**
 * What stands before the tokens of a line: the activation at the centre, the effect on the next token, the source.
 *
 * @param times how often the same text was found with the same token
 */
export function lead(example: Example, times = 1): string {
  const effect = effectAfterCentre(example);
  return (
    `<li>${activation(example.activations[example.at])}` +
    `${effect === null ? '' : effectHtml(signed(effect))}<i>${times > 1 ? `×${times} ` : ''}${cite(example)}</i>`
  );
}

/**
 * One example as a list item: the activation at its centre, the effect on the next token (`b` helped, `u` hurt, `em`
 * neither), the kind of source (`i`), the tokens. Names are short, and end tags that HTML lets one leave out are left
 * out: a page has dozens of these.
 */
export function exampleItem(
  vocabulary: Vocabulary,
  example: Example,
  largest: number,
  options?: { reach?: number; values?: Values },
): string {
  return lead(example) + tokensHtml(vocabulary, example, largest, options);
}
