import type { Findings } from '@monosema/trainer/records';
import { claimCharts } from './claim-chart.ts';
import type { ClaimChart } from './claim-chart.ts';
import { claimWords, verdict } from './claim-words.ts';
import type { Claim } from './claim-words.ts';
import { plain } from './escape.ts';
import { integer, significant } from './number.ts';
import { PROXIES } from './proxies-page.ts';
import { ratingResults } from './rating-results.ts';
import { featureLink, thumbnail } from './site.ts';
import type { PageContent, Site } from './site.ts';

export const CLAIMS = 'claims.html';

/** Renders the paper's seven conclusions, each with what this study measured of it. */
export function claimsPage(site: Site, { claims }: Findings['claims']): PageContent {
  const held = claims.filter(({ holds }) => holds === true).length;
  const failed = claims.filter(({ holds }) => holds === false).length;
  const open = claims.length - held - failed;
  return {
    path: CLAIMS,
    title: 'Claims',
    description: `The seven conclusions of Towards Monosemanticity, measured on ${plain(site.title)}: ${held} hold, ${failed} fail.`,
    body:
      '<header class=fh><h1>Seven claims</h1></header>' +
      `<p class=note>What <cite>Towards Monosemanticity</cite> concluded, and what this study measures of it. Each claim holds or fails here by a rule that was written before the figures were known. ${integer(held)} ${held === 1 ? 'holds' : 'hold'}, ${integer(failed)} ${failed === 1 ? 'fails' : 'fail'}${open > 0 ? `, ${integer(open)} ${open === 1 ? 'was' : 'were'} not measured` : ''}. ${site.findings.proxies ? `A <a href=${PROXIES}>kind of text</a> is a property that can be computed, such as a script or the source of a document.` : ''}</p>` +
      `<ol class=verdicts>${claims.map(entry).join('')}</ol>` +
      `<ol class=claims>${claims.map((claim, i) => section(site, claim, i + 1)).join('')}</ol>` +
      (site.rating ? ratingResults(site, site.rating.results) : ''),
  };
}

function entry(claim: Claim): string {
  const { state, text } = verdict(claim);
  return `<li class="verdict ${state}"><b>${text}</b> <a href="#${claim.id}">${plain(claim.claim)}</a>`;
}

function section(site: Site, claim: Claim, number: number): string {
  const { state, text } = verdict(claim);
  const charts = claimCharts(site, claim).map(figure).join('');
  return (
    `<li id=${claim.id}><h2><small>${number}</small> ${plain(claim.claim)}</h2>` +
    `<p class=note>${claimWords(claim)}${ofControl(claim)}</p>` +
    `<p class="verdict ${state}"><b>${text}</b> <small>The rule:</small> ${plain(claim.rule)}</p>` +
    (claim.lacks === null ? '' : `<p class=note>This study has ${plain(claim.lacks)}.</p>`) +
    (claim.fails === null ? '' : `<p class=note>It fails because ${plain(claim.fails)}.</p>`) +
    `<div class=claim>${figures(claim)}${charts}</div>` +
    `${shown(site, 'Features that show it', claim.features)}${shown(site, 'What speaks against it', claim.against)}</li>`
  );
}

/** Without which a high figure of the control would look like a refutation. */
const ofControl = ({ id, figures: rows }: Claim): string =>
  id === 'monosemantic' && rows.some(({ name }) => name.endsWith('control'))
    ? ' The control is a dictionary of a model whose weights were shuffled. It may score high as well, as it did in the paper: where a unit is active is easily told of single tokens, and those are the same in any model.'
    : '';

/** A figure as text, with its unit. */
export function figureValue(value: number | null, unit: string): string {
  if (value === null) return '<span class=none>n/a</span>';
  // Of a figure of thousands three digits are enough: 12,200 times.
  const digits = Math.abs(value) >= 1000 ? integer(Number(value.toPrecision(3))) : significant(value);
  return `${Number.isInteger(value) ? integer(value) : digits}${unit === '' ? '' : ` ${plain(unit)}`}`;
}

function figures({ figures: rows, claim }: Claim): string {
  const paper = rows.some((row) => row.paper !== null);
  return `<div class=scroll tabindex=0 role=region aria-label="Figures of claim: ${plain(claim)}"><table class=num><thead><tr><th scope=col>figure<th scope=col>here${paper ? '<th scope=col>paper' : ''}</tr></thead><tbody>${rows
    .map(
      ({ name, value, unit, paper: theirs }) =>
        `<tr><th scope=row>${plain(name)}</th><td>${figureValue(value, unit)}${paper ? `<td>${theirs === null ? '<span class=none>–</span>' : plain(theirs)}` : ''}</tr>`,
    )
    .join('')}</tbody></table></div>`;
}

function figure({ title, svg }: ClaimChart): string {
  return `<figure>${svg}<figcaption>${plain(title)}</figcaption></figure>`;
}

/** `script:Thai: 8 times as likely` as a person says it. */
const withoutKind = (why: string): string => why.replace(/^(?:script|string|domain):/, '');

function shown(site: Site, title: string, features: Claim['features']): string {
  if (features.length === 0) return '';
  return `<h3>${title}</h3><ol class=shows>${features
    .map(
      ({ dictionary, feature, why }) =>
        `<li>${featureLink(site, CLAIMS, dictionary, feature)} ${thumbnail(site, dictionary, feature)} <small>${plain(withoutKind(why))}</small>`,
    )
    .join('')}</ol>`;
}
