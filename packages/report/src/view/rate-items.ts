import type { Example } from '@monosema/trainer/records';
import { intervalOf } from '../rating/choose-items.ts';
import type { RatingItem, RatingSet } from '../rating/rating-set.ts';
import { tokensHtml } from './example-lines.ts';
import { part } from './part.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Examples of the interval to be rated. */
const SHOWN = 5;
/** Likelier tokens, as many as the paper shows. */
const LOGITS = 10;
const BAR = 80;

/**
 * The items as a script's call, each as HTML that does not say where it is from: activations as shares of the unit's
 * largest, bars as shares of its longest, no effects, no documents. The order and the ids tell nothing either.
 */
export function ratingItems(vocabulary: Vocabulary, { hash, items }: RatingSet): string {
  return part({
    set: hash,
    items: items.map((item) => ({ id: item.id, html: itemHtml(vocabulary, item) })),
  });
}

/** Where each item is from, as another script's call, loaded when all is rated. */
export function ratingKey({ items }: RatingSet): string {
  return part(
    Object.fromEntries(items.map(({ id, dictionary, feature, level }) => [id, [dictionary, feature, level]])),
  );
}

function itemHtml(vocabulary: Vocabulary, { record, level }: RatingItem): string {
  const line = (example: Example): string => blind(vocabulary, example, record.maxActivation);
  const others = record.exampleGroups
    .filter((group) => group.kind === 'interval' && group.level !== level)
    .flatMap((group) => {
      const [first] = group.examples;
      return first ? [`<li><small>${100 - 10 * (group.level ?? 0)}\u202f%</small>${line(first)}`] : [];
    });
  const shown = (intervalOf(record, level)?.examples ?? []).slice(0, SHOWN);
  const longest = Math.max(...record.logitWeights.top.map(({ weight }) => weight), 1e-9);
  const logits = record.logitWeights.top
    .slice(0, LOGITS)
    .map(
      ({ token, weight }) =>
        `<tr><td class=text><span class=on><b>${vocabulary.glyph(token).alone}</b></span></td><td><svg width=${BAR} height=8 aria-hidden=true><path d="M0 0h${Math.max(1, Math.round((weight / longest) * BAR))}v8H0z"/></svg>`,
    )
    .join('');
  return (
    `<section class=this><h2>To be rated: at ${100 - 10 * level}\u202f% of its largest</h2><ol class=ex lang="">${shown.map((example) => `<li>${line(example)}`).join('')}</ol></section>` +
    `<section class=levels><h2>The same at other levels</h2><ol class=ex lang="">${others.join('')}</ol></section>` +
    `<section class=likelier><h2>Makes likelier</h2><table class=num><tbody>${logits}</tbody></table></section>`
  );
}

/** An example without anything that could tell a feature from a neuron: shades and the frame only. */
function blind(vocabulary: Vocabulary, example: Example, largest: number): string {
  const bare = { ...example, lossChange: example.lossChange.map(() => null), logitChanges: null };
  return tokensHtml(vocabulary, bare, largest, { reach: 10, values: 'apart' });
}
