import type { Findings } from '@monosema/trainer/records';
import { claimCharts } from './claim-chart.ts';
import { claimWords, verdict } from './claim-words.ts';
import type { Claim } from './claim-words.ts';
import { CLAIMS, figureValue } from './claims-page.ts';
import { plain } from './escape.ts';
import { integer } from './number.ts';
import { RATE } from './rate-page.ts';
import type { RatingView, Site } from './site.ts';

/** Figures of a claim that its card gives. */
const FIGURES = 3;

/** The paper's conclusions as cards: in plain words, whether they hold here, and a picture. */
export function claimSection(site: Site, { claims }: Findings['claims']): string {
  const held = claims.filter(({ holds }) => holds === true).length;
  const open = claims.filter(({ holds }) => holds === null).length;
  return (
    '<section id=found><h2>What was found</h2>' +
    `<p class=note>The seven conclusions of <cite>Towards Monosemanticity</cite>, put to the test on this model. ${integer(held)} of ${integer(claims.length)} hold here${open > 0 ? `, ${integer(open)} could not be measured` : ''}, each by a rule that is given with it on the <a href=${CLAIMS}>page of claims</a>.</p>` +
    `<ol class=cards>${claims.map((claim) => card(site, claim)).join('')}${site.rating ? rateCard(site.rating) : ''}</ol></section>`
  );
}

function rateCard({ set, results }: RatingView): string {
  const rated = results.reduce((sum, { ratings }) => sum + ratings.length, 0);
  return (
    `<li><h3><a href=${RATE}>And what do you say?</a></h3>` +
    `<p>Are features easier to understand than neurons? <a href=${RATE}>Rate ${integer(set.items.length)} intervals</a> by the paper’s rubric, without knowing which are of features.</p>` +
    (rated > 0 ? `<dl><div><dt>intervals rated so far</dt><dd>${integer(rated)}</dd></div></dl>` : '') +
    '</li>'
  );
}

function card(site: Site, claim: Claim): string {
  const { state, text } = verdict(claim);
  const [chart] = claimCharts(site, claim, true);
  const figures = claim.figures
    .filter(({ value }) => value !== null)
    .slice(0, FIGURES)
    .map(({ name, value, unit }) => `<div><dt>${plain(name)}</dt><dd>${figureValue(value, unit)}</dd></div>`)
    .join('');
  return (
    `<li><h3><a href="${CLAIMS}#${claim.id}">${plain(claim.claim)}</a></h3><p class="verdict ${state}"><b>${text}</b></p>` +
    // One paragraph: a card has one line of the grid for its words.
    `<p>${claimWords(claim)}${claim.lacks === null ? '' : `<br>This study has ${plain(claim.lacks)}.`}${claim.fails === null ? '' : `<br>It fails because ${plain(claim.fails)}.`}</p>` +
    (chart ? `<figure>${chart.svg}<figcaption>${plain(chart.title)}</figcaption></figure>` : '') +
    `<dl>${figures}</dl></li>`
  );
}
