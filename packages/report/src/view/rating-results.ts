import { MOST } from '../rating/rubric.ts';
import type { RaterResult } from '../rating/rating-file.ts';
import { plain } from './escape.ts';
import { fixed, integer } from './number.ts';
import { RATE } from './rate-page.ts';
import type { Site } from './site.ts';
import { compareSvg } from './svg-compare.ts';

/** The paper's medians, by what was rated. */
const PAPER: Partial<Record<string, string>> = { dictionary: '12', neurons: '0' };

/** What raters gave, who did not know what they rated: a chart and a table by source. */
export function ratingResults(site: Site, results: readonly RaterResult[]): string {
  const ratings = results.flatMap((result) => result.ratings);
  if (ratings.length === 0) return '';
  const sources = [...Map.groupBy(ratings, ({ dictionary }) => dictionary)].toSorted(
    ([a], [b]) => Number(kindOf(site, a) !== 'dictionary') - Number(kindOf(site, b) !== 'dictionary'),
  );
  const rows = sources
    .map(([id, rated]) => {
      const totals = rated.map((rating) => rating.total);
      return `<tr><th scope=row>${plain(id)}</th><td>${integer(rated.length)}<td>${fixed(median(totals), 1)}<td>${integer(totals.filter((value) => value > 8).length)}<td>${PAPER[kindOf(site, id)] ?? '<span class=none>–</span>'}</tr>`;
    })
    .join('');
  const chart = compareSvg({
    label: `Scores from 0 to ${MOST} by source`,
    rows: sources.map(([id, rated]) => ({
      name: id,
      histogram: histogram(rated.map((rating) => rating.total)),
      plain: kindOf(site, id) !== 'dictionary',
    })),
    whole: true,
  });
  return (
    '<section id=rated><h2>Rated blind</h2>' +
    `<p class=note>${integer(results.length)} ${results.length === 1 ? 'person' : 'people'} rated intervals by the paper’s rubric, ${MOST} points at most, without knowing which were of features. <a href=${RATE}>Rate them yourself</a>.</p>` +
    `<div class=claim><div class=scroll tabindex=0 role=region aria-label="Ratings"><table class=num><thead><tr><th scope=col>source<th scope=col>intervals<th scope=col>median<th scope=col>above 8<th scope=col>paper’s median</tr></thead><tbody>${rows}</tbody></table></div>` +
    `<figure>${chart}<figcaption>Intervals by score, 0 to ${MOST}; above 8 the paper calls them quite interpretable. Raters: ${results.map(({ rater }) => plain(rater)).join(', ')}.</figcaption></figure></div></section>`
  );
}

const kindOf = ({ dictionaries }: Site, id: string): string => dictionaries.get(id)?.record.kind ?? '';

function histogram(totals: readonly number[]): { edges: number[]; counts: number[] } {
  const counts = Array.from({ length: MOST + 1 }, () => 0);
  for (const value of totals) counts[value] = (counts[value] ?? 0) + 1;
  return { edges: Array.from({ length: MOST + 2 }, (_, i) => i - 0.5), counts };
}

/** Middle of the values; the mean of the middle two where they are even. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[half] ?? null)
    : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
}
