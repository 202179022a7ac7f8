import type { Claim } from './claim-words.ts';
import { percentTick } from './number.ts';
import type { Site } from './site.ts';
import { powerOfTen } from './list-page.ts';
import { compareSvg } from './svg-compare.ts';
import { histogramSvg } from './svg-histogram.ts';
import { pairsSvg } from './svg-pairs.ts';

/** A picture of a claim, with what it shows. */
export interface ClaimChart {
  title: string;
  svg: string;
}

/** Rows of a chart that has one for each thing measured. */
const ROWS = 12;
/** Width of a card's picture, so that its writing is not scaled down. */
const CARD = 280;

/**
 * The pictures of a claim: the charts of its record, and where it has none, one drawn from the finding it rests on.
 *
 * @param small for a card on the home page: the first picture only, low
 */
export function claimCharts(site: Site, claim: Claim, small = false): ClaimChart[] {
  const recorded = claim.charts.map(({ title: given, series }) => {
    // Logarithms are what is counted, and not what one wants to read.
    const title = given.replace(/, log10$/, '');
    return {
      title,
      svg: compareSvg({
        label: `${title}: ${series.map(({ name }) => name).join(', ')}`,
        rows: series.map((each) => ({ ...each, plain: /neurons|control/i.test(each.name) })),
        ...(title !== given && { tick: powerOfTen }),
        ...(small && { rowHeight: 40, width: CARD }),
      }),
    };
  });
  const charts = recorded.length > 0 ? recorded : drawn(site, claim, small);
  return small ? charts.slice(0, 1) : charts;
}

function drawn({ findings }: Site, { id }: Claim, small: boolean): ClaimChart[] {
  const rows = small ? 6 : ROWS;
  const width = small ? CARD : undefined;
  switch (id) {
    case 'steering':
      return steeringChart(findings.steering, rows, width);
    case 'splitting':
      return splittingChart(findings.splits, width);
    case 'automata':
      return automataChart(findings.automata, rows, width);
    default:
      return [];
  }
}

function steeringChart(finding: Site['findings']['steering'], rows: number, width = 360): ClaimChart[] {
  if (!finding || finding.steering.length === 0) return [];
  const gain = (each: { pinnedMass: number; plainMass: number }): number =>
    each.plainMass > 0 ? each.pinnedMass / each.plainMass : 0;
  const shown = finding.steering.toSorted((a, b) => gain(b) - gain(a)).slice(0, rows);
  return [
    {
      title:
        "Probability that the next token is of the feature's kind: plain (small mark) and with the feature held at its largest activation",
      svg: pairsSvg({
        label: 'Probability of the kind of text, plain and with its feature held',
        rows: shown.map(({ proxy, plainMass, pinnedMass }) => ({
          name: proxyName(proxy),
          from: plainMass,
          to: pinnedMass,
        })),
        scale: 'log',
        width,
      }),
    },
  ];
}

function splittingChart(finding: Site['findings']['splits'], width = 360): ClaimChart[] {
  if (!finding || finding.splits.length === 0) return [];
  const counts = Array.from({ length: 10 }, () => 0);
  for (const { distinctness } of finding.splits) {
    const bin = Math.min(9, Math.floor(distinctness * 10));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return [
    {
      title: 'Splits by how little their children have in common: 0 the same, 1 nothing',
      svg: histogramSvg({
        histogram: { edges: Array.from({ length: 11 }, (_, i) => i / 10), counts },
        label: 'Histogram of the distinctness of splits',
        y: 'linear',
        height: 110,
        width,
      }),
    },
  ];
}

function automataChart(finding: Site['findings']['automata'], rows: number, width = 360): ClaimChart[] {
  const steps = (finding?.cycles ?? [])
    .toSorted((a, b) => Number(b.holds) - Number(a.holds))
    .flatMap(({ dictionary, edges, verified }) =>
      edges.flatMap(({ from, to }, i) => {
        const check = verified[i];
        return check ? [{ name: `${dictionary}: ${from} → ${to}`, from: check.plain, to: check.pinned }] : [];
      }),
    )
    .slice(0, rows);
  if (steps.length === 0) return [];
  return [
    {
      title:
        'Share of sampled tokens on which the next feature fires: plain (small mark) and with the one before held',
      svg: pairsSvg({
        label: 'Share of sampled tokens on which the next feature fires, plain and with the one before held',
        rows: steps,
        scale: 'linear',
        tick: percentTick,
        width,
      }),
    },
  ];
}

/** `script:Hebrew` as a person says it. */
export const proxyName = (id: string): string => id.replace(/^\w+:/, '').replaceAll('_', ' ');
