import { part } from '../view/part.ts';
import { createHash } from 'node:crypto';
import type { FeatureRecord } from '@monosema/trainer/records';
import { glimpsesOf } from '@monosema/trainer/records';
import { direction } from '../view/direction.ts';
import { plain } from '../view/escape.ts';
import { explanationHtml } from '../view/explanation.ts';
import { whole } from '../view/line.ts';
import { mapBox, placesIn } from '../view/map-box.ts';
import type { DictionaryView, Site } from '../view/site.ts';
import { unitName } from '../view/site.ts';

/** Features in one file of rows: one is read for a page of the list, all are for a search. */
export const ROWS = 4096;
/** Features in one file of cards: one is read for a preview. */
export const CARDS = 256;

/** Places on the map are whole numbers up to this one, which stands for none. */
const NOWHERE = 0xffff;
/** Most likely tokens and children that a card has. */
const LOGITS = 8;
const CHILDREN = 24;
const WINDOWS = 6;

/** Numbers as base64 of their bytes, lowest first. */
const packed = (numbers: ArrayBufferView<ArrayBuffer>): string =>
  Buffer.from(numbers.buffer).toString('base64');

/** Version of a study's data, as part of its addresses, so that a browser never mixes two builds of a site. */
export function dataVersion({ study: { provenance } }: Site): string {
  const hash = createHash('sha256').update(JSON.stringify([provenance.stages, provenance.monosema]));
  return hash.digest('hex').slice(0, 8);
}

/** Numbers of every feature of a dictionary, by which the script sorts, filters and draws the map. */
export function columnsFile(site: Site, view: DictionaryView): string {
  const { record, has } = view;
  const domains = [...new Set(view.dominantDomain.filter((domain) => domain !== null))].sort();
  const numbers = new Map(domains.map((domain, i) => [domain, i]));
  const box = has.map ? mapBox(site, record.model) : null;
  const places = box && placesIn(box, view);
  const place = (values: Float64Array): string =>
    packed(
      Uint16Array.from(values, (value) =>
        Number.isNaN(value) ? NOWHERE : Math.round(value * (NOWHERE - 1)),
      ),
    );
  return part({
    unit: unitName(view),
    features: record.features,
    evaluationTokens: record.evaluationTokens,
    // Where the tokens are too few to tell, nothing is called ultralow.
    ultralow: record.ultralowFeatures !== null,
    domains: domains.map(plain),
    active: packed(Uint32Array.from(view.activeTokens)),
    max: packed(Float32Array.from(view.maxActivation)),
    mean: packed(Float32Array.from(view.meanActivation)),
    domain: packed(
      Uint16Array.from(view.dominantDomain, (name) =>
        name === null ? NOWHERE : (numbers.get(name) ?? NOWHERE),
      ),
    ),
    share: packed(Float32Array.from(view.dominantShare, (share) => share ?? 0)),
    ...(view.onSingleToken.some((single) => single !== null) && {
      single: packed(Uint8Array.from(view.onSingleToken, Number)),
    }),
    ...(has.widths && {
      parents: packed(Uint16Array.from(view.parentCount)),
      children: packed(Uint16Array.from(view.childCount)),
    }),
    ...(has.twins && { twins: packed(Uint16Array.from(view.twinCount)) }),
    ...(has.scores && {
      score: packed(Float32Array.from(view.explanationScore, (score) => score ?? -Infinity)),
    }),
    ...(places && {
      x: place(places.x),
      y: place(places.y),
      order: packed(Int32Array.from(view.mapOrder, (order) => order ?? -1)),
      cluster: packed(Int32Array.from(view.cluster, (cluster) => cluster ?? -1)),
    }),
  });
}

/** Chips and explanations of one file's features; chips are given once and referred to by number. */
export function rowsFile(view: DictionaryView, at: number): string {
  const from = at * ROWS;
  const to = Math.min(view.record.features, from + ROWS);
  const known = new Map<string, number>();
  const on: number[][] = [];
  for (let index = from; index < to; index++) {
    on.push(
      chipsOf(view.firesOn[index] ?? '').map((chip) => {
        const number = known.get(chip) ?? known.size;
        known.set(chip, number);
        return number;
      }),
    );
  }
  const explanations = view.explanation
    .slice(from, to)
    .map((text) => (text === null ? '' : explanationHtml(text)));
  return part({ chips: [...known.keys()], on, explanations });
}

const chipsOf = (html: string): string[] => (html === '' ? [] : html.slice(3, -4).split('</b><b>'));

/** What the card of one feature shows, and where one can go from it. */
function cardOf({ vocabulary }: Site, view: DictionaryView, feature: FeatureRecord): unknown[] {
  const { index } = feature;
  const explanation = view.explanation[index];
  const windows = glimpsesOf(feature)
    .slice(0, WINDOWS)
    .map(({ tokens, at }) => {
      const all = vocabulary.units(tokens);
      const { first, last } = whole(
        vocabulary,
        tokens,
        all,
        all.findIndex(({ to }) => at < to),
      );
      const units = all.slice(first, last);
      const text = units.map(({ from, to, glyph }) => {
        const html = glyph.blank ? glyph.alone : glyph.running;
        return from <= at && at < to ? `<b>${html}</b>` : html;
      });
      return `<li${direction(units.map(({ glyph }) => glyph)) === 'rtl' ? ' dir=rtl' : ''}>${text.join('')}`;
    });
  const rounded = (value: number | null, digits: number): number | null =>
    value === null ? null : Number(value.toPrecision(digits));
  const edges = (list: FeatureRecord['automaton']['into']): number[][] =>
    list.map(({ feature: other, strength, lift }) => [
      other,
      rounded(strength, 3) ?? 0,
      rounded(lift, 3) ?? 0,
    ]);
  return [
    view.firesOn[index] ?? '',
    typeof explanation === 'string' ? explanationHtml(explanation) : '',
    windows.join(''),
    feature.logitWeights.top
      .slice(0, LOGITS)
      .map(({ token }) => vocabulary.glyph(token).alone)
      .join('</b><b>'),
    feature.children.length,
    feature.children
      .slice(0, CHILDREN)
      .map(({ feature: child, similarity, cosine }) => [child, rounded(similarity, 3), rounded(cosine, 3)]),
    edges(feature.automaton.into),
    edges(feature.automaton.outOf),
  ];
}

/** Gathers the cards of features that come in index order, and gives a file of them whenever one is full. */
export function cardFiles(
  site: Site,
  view: DictionaryView,
  write: (at: number, code: string) => void,
): { add(feature: FeatureRecord): void } {
  let cards: unknown[] = [];
  return {
    add(feature) {
      cards.push(cardOf(site, view, feature));
      if (cards.length < CARDS && feature.index + 1 < view.record.features) return;
      write(Math.floor(feature.index / CARDS), part(cards));
      cards = [];
    },
  };
}
