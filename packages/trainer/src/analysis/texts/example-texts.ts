import type { TextRecord, TextsRecord } from '../../records/schema.ts';
import { RECORDS_VERSION } from '../../records/schema.ts';
import type { FeatureSource } from '../feature-source.ts';
import type { EvaluationText } from '../text/evaluation-text.ts';

/** Texts of a study. The paper shows 25. */
const TEXTS = 25;

/**
 * Texts that show everything a dictionary finds in them: a context of every domain in turn, evenly spaced over the
 * evaluation text, with all features that are active on each token. One pass over the activations.
 */
export function exampleTexts(
  source: FeatureSource,
  text: EvaluationText,
  watch: () => void,
): { readonly index: TextsRecord; readonly texts: TextRecord[] } {
  const { length: T } = text.contexts;
  const chosen = chooseContexts(text);
  const wanted = new Map(chosen.map((choice) => [choice.place, choice]));
  const records = new Map<number, TextRecord>();
  for (const { first, offsets, features, values } of source.entries.pieces(T)) {
    const place = first / T;
    if (place % 256 === 0) watch();
    const choice = wanted.get(place);
    if (choice === undefined) continue;
    records.set(place, {
      version: RECORDS_VERSION,
      id: choice.id,
      dictionary: source.id,
      document: text.documentAt(first).id,
      tokens: Array.from(text.read(first, T)),
      active: Array.from({ length: T }, (_, row) =>
        Array.from({ length: offsets[row + 1]! - offsets[row]! }, (__, i) => ({
          feature: features[offsets[row]! + i]!,
          activation: Number(values[offsets[row]! + i]!.toPrecision(4)),
        })).sort((a, b) => b.activation - a.activation || a.feature - b.feature),
      ),
    });
  }
  return {
    index: {
      version: RECORDS_VERSION,
      dictionary: source.id,
      texts: chosen.map(({ id, title, domain }) => ({ id, title, domain, tokens: T })),
    },
    texts: chosen.map(({ place }) => records.get(place)!),
  };
}

interface Choice {
  readonly place: number;
  readonly id: string;
  readonly title: string;
  readonly domain: string | null;
}

/** Contexts that lie in one document, a domain's turn after the other's, in the order of the text. */
function chooseContexts(text: EvaluationText): Choice[] {
  const { length: T, count } = text.contexts;
  const byDomain = new Map<string, number[]>();
  for (let place = 0; place < count; place++) {
    const [start, end] = [text.documentAt(place * T), text.documentAt(place * T + T - 1)];
    if (start !== end) continue;
    const key = start.domain ?? '';
    const known = byDomain.get(key);
    if (known === undefined) byDomain.set(key, [place]);
    else known.push(place);
  }
  const domains = [...byDomain].sort(([a], [b]) => (a < b ? -1 : 1));
  const rounds = Math.ceil(TEXTS / Math.max(1, domains.length));
  const choices: Choice[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [domain, places] of domains) {
      if (choices.length === TEXTS || round >= places.length) continue;
      const place = places[Math.floor(((round + 0.5) * places.length) / Math.min(rounds, places.length))]!;
      const slug = domain.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-') || 'text';
      choices.push({
        place,
        id: `${slug}-${round + 1}`,
        title: domain === '' ? `Text ${choices.length + 1}` : rounds > 1 ? `${domain} ${round + 1}` : domain,
        domain: domain === '' ? null : domain,
      });
    }
  }
  return choices.sort((a, b) => a.place - b.place);
}
