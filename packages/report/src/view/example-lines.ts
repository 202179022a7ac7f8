import type { Example, ExampleGroup } from '@monosema/trainer/records';
import { direction } from './direction.ts';
import { plain } from './escape.ts';
import { integer, percent, significant, signed } from './number.ts';
import { effectStep, shade } from './shade.ts';
import type { Unit, Vocabulary } from './vocabulary.ts';

/** Sum of the loss changes of a unit's tokens; null when none of them has one. */
function effectOf(example: Example, unit: Unit): number | null {
  const known = example.lossChange.slice(unit.from, unit.to).filter((change) => change !== null);
  return known.length === 0 ? null : known.reduce((sum, change) => sum + change, 0);
}

const compact = (value: number | null): string =>
  value === null ? '' : value === 0 ? '0' : String(Number(value.toPrecision(3))).replace(/^(-?)0\./, '$1.');

/**
 * The tokens of an example as one paragraph. Units on which the feature is active, or whose prediction it
 * changed, are elements with a shade and an underline; the rest is text. `data-v` holds, for each element in
 * order, `ids:activations:loss changes` (parts joined by +) for the tooltip. The paragraph is left open, which ends it
 * where the next item or the list does.
 */
export function tokensHtml(vocabulary: Vocabulary, example: Example, largest: number): string {
  const units = vocabulary.units(example.tokens);
  const values: string[] = [];
  const html = units.map((unit) => {
    const activations = example.activations.slice(unit.from, unit.to);
    const effect = effectOf(example, unit);
    const level = shade(Math.max(...activations), largest);
    const centre = example.at >= unit.from && example.at < unit.to;
    if (level === 0 && effect === null && !centre) return unit.glyph.running;
    values.push(
      [
        example.tokens.slice(unit.from, unit.to).join('+'),
        activations.map(compact).join('+'),
        example.lossChange.slice(unit.from, unit.to).map(compact).join('+'),
      ].join(':'),
    );
    const step = effectStep(effect);
    const classes = [
      level > 0 && `a${level}`,
      step > 0 && `h${step}`,
      step < 0 && `u${-step}`,
      centre && 'at',
    ].filter(Boolean);
    const name =
      classes.length > 1 ? ` class="${classes.join(' ')}"` : classes.length ? ` class=${classes[0]}` : '';
    return `<b${name}>${unit.glyph.blank ? unit.glyph.alone : unit.glyph.running}</b>`;
  });
  const rightToLeft = direction(units.map(({ glyph }) => glyph)) === 'rtl';
  return `<p class=tk${rightToLeft ? ' dir=rtl' : ''} data-v="${values.join(' ')}">${html.join('')}`;
}

/** Loss change of the token after the centre, on which the feature's activation at the centre acts. */
export function effectAfterCentre(example: Example): number | null {
  return example.lossChange[example.at + 1] ?? null;
}

/**
 * One example as a list item: the activation at its centre, the effect on the next token, the source, the tokens.
 * End tags that HTML lets one leave out are left out: a page has dozens of these.
 */
export function exampleItem(vocabulary: Vocabulary, example: Example, largest: number): string {
  const effect = effectAfterCentre(example);
  const sign = effect === null ? '' : effect < 0 ? ' class=neg' : ' class=pos';
  const domain = example.domain === null ? '' : `<b>${plain(example.domain)}</b> `;
  return (
    `<li><b>${significant(example.activations[example.at])}</b><i${sign}>${effect === null ? '' : signed(effect)}</i>` +
    `<cite>${domain}${plain(example.document)}</cite>${tokensHtml(vocabulary, example, largest)}`
  );
}

/** Examples of a group that its page shows; the records have more. */
const SHOWN = { top: 10, interval: 5, bottom: 5, random: 5 } as const;
/** Tokens shown either side of the one that an example was chosen for. */
const RADIUS = 7;

/** The part of an example around its centre. */
export function around(example: Example, radius = RADIUS): Example {
  const from = Math.max(0, example.at - radius);
  const to = Math.min(example.tokens.length, example.at + radius + 1);
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
  const range = `activation ${significant(group.from)} to ${significant(group.to)}`;
  const part =
    group.kind !== 'interval' || share === null
      ? ''
      : ` · ${integer(group.activeTokens)} of its active tokens (${percent(share)})`;
  const list = group.examples.length
    ? `<ol class=ex lang="">${group.examples
        .slice(0, SHOWN[group.kind])
        .map((example) => exampleItem(vocabulary, around(example), options.largest))
        .join('')}</ol>`
    : '<p class=none>No example in this interval.</p>';
  return `<section class=grp id=${options.id}><h3>${options.name} <small>${range}${part}</small></h3>${list}</section>`;
}
