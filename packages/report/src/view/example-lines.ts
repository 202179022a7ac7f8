import type { Example, ExampleGroup } from '@monosema/trainer/records';
import { direction } from './direction.ts';
import { plain } from './escape.ts';
import { integer, percent, significant, signed } from './number.ts';
import { effectStep, shade, tokenElement } from './shade.ts';
import type { Unit, Vocabulary } from './vocabulary.ts';

/** Whether the values of the tokens stand in the line itself, or in a file beside the page. */
export type Values = 'inline' | 'apart';

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

const contains = ({ from, to }: Unit, at: number): boolean => from <= at && at < to;

/**
 * The units of an example that are elements of its line, in order: those on which the feature is active, whose
 * prediction it changed, or which the example was chosen for. Their values are what a tooltip tells.
 */
export function toldUnits(vocabulary: Vocabulary, example: Example): Unit[] {
  return vocabulary
    .units(example.tokens)
    .filter(
      (unit) =>
        activationOf(example, unit) > 0 || effectOf(example, unit) !== null || contains(unit, example.at),
    );
}

/** A value to three significant digits, which is what pages show. */
export const told = (value: number): number => Number(value.toPrecision(3));

/** Token, activation and, where there is one, loss change of each part of a unit. */
export function unitValues(example: Example, { from, to }: Unit): number[][] {
  return Array.from({ length: to - from }, (_, i) => {
    const change = example.lossChange[from + i];
    const values = [example.tokens[from + i] ?? 0, told(example.activations[from + i] ?? 0)];
    return change === null || change === undefined ? values : [...values, told(change)];
  });
}

/**
 * The tokens of an example as one paragraph. Told units are elements whose names say shade and effect, the rest is
 * text; the unit the example was chosen for is in a `b`. The paragraph is left open, which ends it where the next
 * item or the list does. What it stands in has the class `ex`.
 */
export function tokensHtml(
  vocabulary: Vocabulary,
  example: Example,
  largest: number,
  values: Values = 'inline',
): string {
  const units = vocabulary.units(example.tokens);
  let html = '';
  for (const unit of units) {
    const { glyph } = unit;
    const activation = activationOf(example, unit);
    const effect = effectOf(example, unit);
    const centre = contains(unit, example.at);
    if (activation <= 0 && effect === null && !centre) html += glyph.running;
    else {
      const name = tokenElement(shade(activation, largest), effectStep(effect));
      const element = `<${name}>${glyph.blank ? glyph.alone : glyph.running}</${name}>`;
      html += centre ? `<b>${element}</b>` : element;
    }
  }
  const stored =
    values === 'inline'
      ? ` data-v=${JSON.stringify(toldUnits(vocabulary, example).map((unit) => unitValues(example, unit)))}`
      : '';
  const rightToLeft = direction(units.map(({ glyph }) => glyph)) === 'rtl';
  return `<p${rightToLeft ? ' dir=rtl' : ''}${stored}>${html}`;
}

/** Loss change of the token after the centre, on which the feature's activation at the centre acts. */
export function effectAfterCentre(example: Example): number | null {
  return example.lossChange[example.at + 1] ?? null;
}

/** Characters of a source beside a line; the tooltip has all of it. */
const CITED = 40;

/**
 * One example as a list item: the activation at its centre, the effect on the next token (`i` helped, `u` hurt),
 * the kind of source, the tokens. End tags that HTML lets one leave out are left out: a page has dozens of these.
 */
export function exampleItem(
  vocabulary: Vocabulary,
  example: Example,
  largest: number,
  values: Values = 'inline',
): string {
  const effect = effectAfterCentre(example);
  const sign = effect !== null && effect < 0 ? 'u' : 'i';
  return (
    `<li><b>${significant(example.activations[example.at])}</b>${effect === null ? '' : `<${sign}>${signed(effect)}</${sign}>`}` +
    `<cite>${plain((example.domain ?? example.document).slice(0, CITED))}</cite>${tokensHtml(vocabulary, example, largest, values)}`
  );
}

/** How much of the examples a page shows: tokens either side of the centre, and examples of each group but the top. */
export interface Reach {
  top: number;
  others: number;
  examples: number;
}

/** Top examples that a page shows; the records have more. */
const TOP = 10;

/** The groups as a page shows them: some of the examples, cut around their centres. */
export function shownGroups(groups: readonly ExampleGroup[], reach: Reach): ExampleGroup[] {
  return groups.map((group) => {
    const top = group.kind === 'top';
    return {
      ...group,
      examples: group.examples
        .slice(0, top ? TOP : reach.examples)
        .map((example) => around(example, top ? reach.top : reach.others)),
    };
  });
}

/** The part of an example around its centre. @param tokens on either side */
export function around(example: Example, tokens: number): Example {
  const from = Math.max(0, example.at - tokens);
  const to = Math.min(example.tokens.length, example.at + tokens + 1);
  return {
    ...example,
    tokens: example.tokens.slice(from, to),
    activations: example.activations.slice(from, to),
    lossChange: example.lossChange.slice(from, to),
    logitChanges: example.logitChanges?.slice(from, to) ?? null,
    at: example.at - from,
  };
}

/** A group of examples as a section; `id` is its anchor. */
export function groupHtml(
  vocabulary: Vocabulary,
  group: ExampleGroup,
  options: { id: string; name: string; largest: number; activeTokens: number },
): string {
  const share = options.activeTokens > 0 ? group.activeTokens / options.activeTokens : null;
  const part =
    group.kind !== 'interval' || share === null
      ? ''
      : ` · ${integer(group.activeTokens)} tokens, ${percent(share)}`;
  const list = group.examples.length
    ? `<ol class=ex lang="">${group.examples
        .map((example) => exampleItem(vocabulary, example, options.largest, 'apart'))
        .join('')}</ol>`
    : '<p class=none>No example in this interval.</p>';
  return `<section class=grp id=${options.id}><h3>${options.name} <small>${significant(group.from)} to ${significant(group.to)}${part}</small></h3>${list}</section>`;
}
