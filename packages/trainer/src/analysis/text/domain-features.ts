import type { DomainFeature } from '../../records/schema.ts';
import type { FeatureSource } from '../feature-source.ts';
import type { ClassCounts } from './class-counts.ts';
import type { StudyDomain, TokenClass } from './evaluation-text.ts';

/** A feature is taken for its domain by recall among those that are at least this precise. */
export const WANTED_PRECISION = 0.8;
const WANTED_RECALL = 0.2;

/**
 * The feature that stands for each domain. Precision is the share, of the tokens on which a feature is above half of
 * its largest activation, that lie in the domain; recall is the share of the domain's tokens on which it is active.
 * Among features with a precision of 0.8 and a recall of 0.2 or more the one with the highest recall is taken; where
 * there is none, the one with the largest harmonic mean of the two: a feature that is precise because it fires on
 * hardly anything stands for nothing. Domains without a token or an active feature are left out.
 *
 * @param tokensOfClass evaluation tokens of each class
 */
export function domainFeatures(
  source: FeatureSource,
  counts: ClassCounts,
  classes: readonly TokenClass[],
  tokensOfClass: readonly number[],
  domains: readonly StudyDomain[],
): DomainFeature[] {
  return domains.flatMap((domain, index) => {
    const inDomain = ({ domains: of }: TokenClass) => of.includes(index);
    const domainTokens = classes.reduce(
      (sum, tokenClass, c) => sum + (inDomain(tokenClass) ? (tokensOfClass[c] ?? 0) : 0),
      0,
    );
    let best: {
      score: number;
      found: Pick<DomainFeature, 'feature' | 'precision' | 'recall' | 'topHalfTokens'>;
    } | null = null;
    for (let feature = 0; feature < source.features; feature++) {
      const inside = counts.over(feature, classes, inDomain);
      if (inside.activeTokens === 0) continue;
      const { topHalfTokens } = counts.over(feature, classes, () => true);
      const precision = inside.topHalfTokens / topHalfTokens;
      const recall = inside.activeTokens / domainTokens;
      const score = scoreOf(precision, recall);
      if (best === null || score > best.score)
        best = { score, found: { feature, precision, recall, topHalfTokens } };
    }
    if (best === null) return [];
    const { name, corpusDomains, scripts } = domain;
    return [
      {
        domain: name,
        corpusDomains: [...corpusDomains],
        ...(scripts.length > 0 && { scripts: [...scripts] }),
        dictionary: source.id,
        ...best.found,
        domainTokens,
      },
    ];
  });
}

/** Orders precise features by recall before all others by harmonic mean. */
function scoreOf(precision: number, recall: number): number {
  if (precision >= WANTED_PRECISION && recall >= WANTED_RECALL) return 1 + recall;
  return precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
}

/** The table as plain text, one line a domain, columns aligned. */
export function domainTable(found: readonly DomainFeature[]): string {
  const rows = [
    ['domain', 'feature', 'precision', 'recall', 'top-half tokens', 'domain tokens'],
    ...found.map(({ domain, dictionary, feature, precision, recall, topHalfTokens, domainTokens }) => [
      domain,
      `${dictionary}/${feature}`,
      precision.toFixed(2),
      recall.toFixed(2),
      String(topHalfTokens),
      String(domainTokens),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
