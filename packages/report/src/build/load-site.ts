import { FINDINGS } from '@monosema/trainer/records';
import type { Glimpse, Records } from '@monosema/trainer/records';
import { chooseItems } from '../rating/choose-items.ts';
import { readRatings } from '../rating/rating-file.ts';
import { bytesText } from '../view/token-html.ts';
import { vocabularyOf } from '../view/vocabulary.ts';
import type { Glyph, Vocabulary } from '../view/vocabulary.ts';
import type { DictionaryView, Site } from '../view/site.ts';
import { MAX_BYTES } from './plan.ts';
import { playgroundOf } from './playground-files.ts';
import type { PlaygroundChoice } from './playground-files.ts';
import { recordsSizes } from './records-files.ts';

const SHOWN = 5;

/**
 * Reads what every page may refer to: the study, the vocabulary, and a few columns of every dictionary. Feature
 * records stay on disk, but for those that can be rated.
 *
 * @param ratings files of ratings that were exported by the rating page
 * @param maxBytes what the site may weigh
 * @param playground which dictionaries can be computed with
 * @throws {RecordsError} when the records do not fit their schema; a ReportError when ratings or the choice of the playground do not fit the records
 */
export async function loadSite(
  records: Records,
  title: string,
  ratings: readonly string[] = [],
  maxBytes = MAX_BYTES,
  playground?: PlaygroundChoice,
): Promise<Site> {
  const study = records.study();
  const vocabulary = vocabularyOf(records.vocabulary().tokens);
  const dictionaries = new Map<string, DictionaryView>();
  for (const id of study.dictionaries) dictionaries.set(id, await loadDictionary(records, id, vocabulary));
  const findings = Object.fromEntries(
    FINDINGS.map((name) => [name, records.finding(name)]),
  ) as unknown as Site['findings'];
  const site: Site = {
    title,
    study,
    vocabulary,
    findings,
    dictionaries,
    records: recordsSizes(records, maxBytes),
    playground: playgroundOf(records, playground, maxBytes),
    rating: null,
  };
  const set = await chooseItems(site, records);
  const results = ratings.map((file) => readRatings(file, set));
  return { ...site, rating: set ? { set, results } : null };
}

async function loadDictionary(records: Records, id: string, vocabulary: Vocabulary): Promise<DictionaryView> {
  const columns = await records.columns(id, [
    'activeTokens',
    'maxActivation',
    'meanActivation',
    'dominantDomain',
    'dominantShare',
    'childCount',
    'parentCount',
    'twinCount',
    'mapX',
    'mapY',
    'cluster',
    'mapOrder',
    'onSingleToken',
    'explanation',
    'explanationScore',
  ]);
  const firesOn: string[] = [];
  const firesOnText: string[] = [];
  for await (const { glimpses } of records.columnParts(id, ['glimpses'])) {
    for (const list of glimpses) {
      const glyphs = commonest(vocabulary, list);
      firesOn.push(glyphs.map(({ alone }) => `<b>${alone}</b>`).join(''));
      firesOnText.push(glyphs.map(({ bytes }) => `“${bytesText(bytes)}”`).join(' '));
    }
  }
  return {
    record: records.dictionary(id),
    ...columns,
    has: {
      widths: some(columns.parentCount) || some(columns.childCount),
      children: some(columns.childCount),
      twins: some(columns.twinCount),
      map: columns.mapX.some((x) => x !== null),
      scores: columns.explanationScore.some((score) => score !== null),
    },
    firesOn,
    firesOnText,
  };
}

const some = (counts: readonly number[]): boolean => counts.some((count) => count > 0);

/** What stands at the centre of the glimpses, the commonest first. */
function commonest(vocabulary: Vocabulary, glimpses: readonly Glimpse[]): Glyph[] {
  const counted = new Map<string, { glyph: Glyph; times: number }>();
  for (const { tokens, at, times } of glimpses) {
    const unit = vocabulary.units(tokens).find(({ from, to }) => from <= at && at < to);
    if (!unit) continue;
    const key = unit.glyph.bytes.join();
    const known = counted.get(key);
    if (known) known.times += times;
    else counted.set(key, { glyph: unit.glyph, times });
  }
  return [...counted.values()]
    .sort((a, b) => b.times - a.times)
    .slice(0, SHOWN)
    .map(({ glyph }) => glyph);
}
