import type { Findings } from '@monosema/trainer/records';
import { plain } from './escape.ts';
import { fixed, integer, significant } from './number.ts';
import { featureLink, thumbnail } from './site.ts';
import type { PageContent, Site } from './site.ts';
import { histogramSvg } from './svg-histogram.ts';

type Claim = Findings['claims']['claims'][number];

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
      `<p class=note>What <cite>Towards Monosemanticity</cite> concluded, and what this study measures of it. Each claim holds or fails here by a rule that was written before the figures were known. ${integer(held)} hold, ${integer(failed)} fail${open > 0 ? `, ${integer(open)} were not measured` : ''}.</p>` +
      `<ol class=claims>${claims.map((claim, i) => section(site, claim, i + 1)).join('')}</ol>`,
  };
}

function section(site: Site, claim: Claim, number: number): string {
  const verdict = claim.holds === null ? 'not measured' : claim.holds ? 'holds here' : 'fails here';
  const state = claim.holds === null ? 'open' : claim.holds ? 'held' : 'failed';
  return (
    `<li id=${claim.id}><h2><small>${number}</small> ${plain(claim.claim)}</h2>` +
    `<p class="verdict ${state}"><b>${verdict}</b> ${plain(claim.rule)}</p>` +
    `<div class=claim>${figures(claim)}${claim.charts.map(chart).join('')}${shows(site, claim)}</div></li>`
  );
}

function figures({ figures: rows, claim }: Claim): string {
  const number = (value: number | null): string =>
    value === null
      ? '<span class=none>n/a</span>'
      : Number.isInteger(value)
        ? integer(value)
        : significant(value);
  const paper = rows.some((row) => row.paper !== null);
  return `<div class=scroll tabindex=0 role=region aria-label="Figures of claim: ${plain(claim)}"><table class=num><thead><tr><th scope=col>figure<th scope=col>here${paper ? '<th scope=col class=text>paper' : ''}</tr></thead><tbody>${rows
    .map(
      ({ name, value, unit, paper: theirs }) =>
        `<tr><th scope=row>${plain(name)}</th><td>${number(value)}${value !== null && unit !== '' ? ` ${plain(unit)}` : ''}${paper ? `<td class=text>${theirs === null ? '' : plain(theirs)}` : ''}</tr>`,
    )
    .join('')}</tbody></table></div>`;
}

function chart({ title, series }: Claim['charts'][number]): string {
  return `<figure class=series><figcaption>${plain(title)}</figcaption>${series
    .map(
      ({ name, histogram }) =>
        `<div><h3>${plain(name)}</h3>${histogramSvg({
          histogram,
          label: `${plain(title)}: ${plain(name)}`,
          y: 'linear',
          height: 96,
          tick: (value) =>
            (Number.isInteger(value) ? integer(value) : fixed(value, 2)).replace('-', '\u2212'),
        })}</div>`,
    )
    .join('')}</figure>`;
}

function shows(site: Site, { features }: Claim): string {
  if (features.length === 0) return '';
  return `<div><h3>Features that show it</h3><ol class=shows>${features
    .map(
      ({ dictionary, feature, why }) =>
        `<li>${featureLink(site, CLAIMS, dictionary, feature)} ${thumbnail(site, dictionary, feature)} <small>${plain(why)}</small>`,
    )
    .join('')}</ol></div>`;
}
