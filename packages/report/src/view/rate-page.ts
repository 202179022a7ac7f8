import { MOST, RUBRIC } from '../rating/rubric.ts';
import { plain } from './escape.ts';
import { integer } from './number.ts';
import type { PageContent, RatingView, Site } from './site.ts';

export const RATE = 'rate.html';
/** Files that the rating page loads when they are needed, relative to it. */
export const RATE_ITEMS = 'rate/items.js';
export const RATE_KEY = 'rate/key.js';

/** Renders the page on which intervals of features and neurons are rated without knowing which are which. */
export function ratePage(site: Site, { set: { items } }: RatingView): PageContent {
  const sources = [...new Set(items.map(({ dictionary }) => dictionary))];
  const rows = RUBRIC.map(
    ({ text, most, ends }) =>
      `<tr><th scope=row>${text}</th><td>0–${most}<td class=text>0 ${ends[0]}, ${most} ${ends[1]}</tr>`,
  ).join('');
  return {
    path: RATE,
    title: 'Rate them blind',
    description: `Rate features and neurons of ${plain(site.title)} by the paper's rubric, without knowing which are which.`,
    script: 'rate',
    body:
      '<header class=fh><h1>Rate them blind</h1></header>' +
      `<p class=note>Are features easier to understand than neurons? Judge for yourself: ${integer(items.length)} intervals, drawn at random from ${integer(sources.length)} sources and mixed. An interval is what a feature or a neuron is active on at one level, such as half of its largest activation. Nothing tells you where each is from until all are rated. Answers stay in this browser.</p>` +
      `<div id=rate data-items="${RATE_ITEMS}" data-key="${RATE_KEY}"><p class=none>Rating needs scripts, the only thing here that does; the rubric below does not.</p></div>` +
      '<section id=rubric><h2>The rubric</h2>' +
      `<p class=note>That of <cite>Towards Monosemanticity</cite>, ${MOST} points at most. First say to yourself what the unit means, from its examples at all levels and the tokens that it makes likelier; then answer for the one interval. Whether the bars tell the fitting tokens apart is asked only where some do not fit.</p>` +
      `<div class=scroll tabindex=0 role=region aria-label="The rubric"><table class=num><thead><tr><th scope=col>question<th scope=col>scale<th scope=col class=text>ends</tr></thead><tbody>${rows}</tbody></table></div>` +
      '<p class=note>Shades and bars are shares of the unit’s own largest, and effects are left out, so that their size gives nothing away. Where each interval is from lies in a file of its own that is asked for at the end; whoever opens it earlier only deceives themselves.</p></section>',
  };
}
