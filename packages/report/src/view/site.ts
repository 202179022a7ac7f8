import type { DictionaryRecord, Findings, StudyRecord } from '@monosema/trainer/records';
import type { RatingSet } from '../rating/rating-set.ts';
import type { RaterResult } from '../rating/rating-file.ts';
import { plain } from './escape.ts';
import { integer } from './number.ts';
import type { PlaygroundView } from './playground-view.ts';
import type { Vocabulary } from './vocabulary.ts';

/** One dictionary as the pages need it: its record, and a few values of every feature. */
export interface DictionaryView {
  record: DictionaryRecord;
  /** By feature index. */
  activeTokens: number[];
  maxActivation: number[];
  meanActivation: number[];
  dominantDomain: (string | null)[];
  dominantShare: (number | null)[];
  childCount: number[];
  parentCount: number[];
  twinCount: number[];
  /** On the map of the model; null for features that are not on it. */
  mapX: (number | null)[];
  mapY: (number | null)[];
  cluster: (number | null)[];
  mapOrder: (number | null)[];
  /** Whether the top examples share one token; null with too few of them. */
  onSingleToken: (boolean | null)[];
  explanation: (string | null)[];
  /** Of the explanation; null where it was not measured. */
  explanationScore: (number | null)[];
  /** Whether any feature was linked to another width, has children, was matched with another model, is on a map, or has a scored explanation. */
  has: { widths: boolean; children: boolean; twins: boolean; map: boolean; scores: boolean };
  /** Units that a feature fires on, the commonest first, as HTML chips; empty when dead. */
  firesOn: string[];
  /** The same as text, for titles. */
  firesOnText: string[];
}

/** Everything the renderer may show: the study, its tokens and its dictionaries. */
export interface Site {
  title: string;
  study: StudyRecord;
  vocabulary: Vocabulary;
  /** What was found across features; null where the study did not look for it. */
  findings: { [Name in keyof Findings]: Findings[Name] | null };
  /** In display order. */
  dictionaries: Map<string, DictionaryView>;
  /** Bytes of the file of records of each dictionary; null where the site does not hand them out. */
  records: ReadonlyMap<string, number> | null;
  /** What the playground loads, or why there is none; `lacks` also says which dictionaries it has not. */
  playground: { readonly view: PlaygroundView | null; readonly lacks: string };
  /** What can be rated blind, and what was; null where there is nothing to compare. */
  rating: RatingView | null;
}

/** What is rated blind, and what came of it. */
export interface RatingView {
  set: RatingSet;
  results: readonly RaterResult[];
}

/** What a page is made of; the layout puts the rest around it. Title and description are already HTML. */
export interface PageContent {
  /** Path from the root of the site, as A/1/123.html. */
  path: string;
  title: string;
  description: string;
  body: string;
  /** Picture in previews of links, from the root of the site; where there is none, the site's own is shown. */
  card?: string;
  /** Further elements of the head. */
  head?: string;
  /** The script and the style that this page has besides those of all pages. */
  script?: PageScriptName;
}

/** Scripts that only some pages load. */
export type PageScriptName = 'browse' | 'splits' | 'automata' | 'text' | 'rate' | 'playground';

/** Whether a dictionary is the neurons of a model under the same heading. */
export function isNeurons(view: DictionaryView): boolean {
  return view.record.kind === 'neurons';
}

const SITES: Readonly<Record<string, string>> = {
  'residual-pre': 'the residual stream before block',
  'residual-mid': 'the residual stream after the attention of block',
  'mlp-activations': 'the MLP after its nonlinearity, block',
  'mlp-output': 'what the MLP adds to the residual stream, block',
  'residual-post': 'the residual stream after block',
};

/** The analysis that the figures of a site are of, by the first digits of the hash of all that went in. */
export function analysisOf({ study }: Site): string {
  return study.provenance.stages.at(-1)?.hash.slice(0, 12) ?? 'n/a';
}

/** What a dictionary takes apart, in words; blocks are counted from 0. */
export function activationsOf({ site, layer }: DictionaryRecord): string {
  return `${SITES[site] ?? `${site}, block`} ${layer}`;
}

/** Where the loss may be measured without a feature: nothing but the last LayerNorm and the unembedding comes after. */
const LAST = ['mlp-activations', 'mlp-output', 'residual-post'];

/** Whether a study measures what happens to the next token when a feature of a dictionary is removed. */
export function measuresEffects({ models }: StudyRecord, { site, layer }: DictionaryRecord): boolean {
  const layers = models[0]?.layers ?? layer + 1;
  return layer === layers - 1 && LAST.includes(site);
}

/** Tokens that a model was trained on here, `n/a` for one that was trained elsewhere or not at all. */
export function trainingTokensOf({ trainingTokens }: StudyRecord['models'][number]): string {
  return trainingTokens > 0 ? integer(trainingTokens) : 'n/a';
}

/** `feature 12` or `neuron 12`. */
export function unitName(view: DictionaryView): 'feature' | 'neuron' {
  return isNeurons(view) ? 'neuron' : 'feature';
}

/** `../../` for a page two folders down. */
export function rootOf(path: string): string {
  return '../'.repeat(path.split('/').length - 1);
}

/** Relative address of a page of the site, as short as it can be. */
export function href(from: string, to: string): string {
  const source = from.split('/');
  const target = to.split('/');
  let shared = 0;
  while (shared < source.length - 1 && shared < target.length - 1 && source[shared] === target[shared])
    shared++;
  return '../'.repeat(source.length - 1 - shared) + target.slice(shared).join('/');
}

/** A feature as a link where the site has a page for it, otherwise as text. */
export function featureLink(site: Site, from: string, id: string, index: number): string {
  return named(site, from, id, index, ' class=f');
}

/** The same in the panels of a feature's page, which have dozens of them and style them without a class. */
export function panelLink(site: Site, from: string, id: string, index: number): string {
  return named(site, from, id, index, '');
}

function named(site: Site, from: string, id: string, index: number, attribute: string): string {
  const view = site.dictionaries.get(id);
  const name = `${plain(id)}·${index}`;
  if (!view || index >= view.record.features) return `<span${attribute}>${name}</span>`;
  return `<a${attribute} href=${href(from, `${id}/${index}.html`)}>${name}</a>`;
}

/** Chips beside a link in a panel, which has a narrow column for them. */
const BRIEF = 3;

/** The first chips of what a linked feature fires on, for the lists of a feature's panels. */
export function brief(site: Site, id: string, index: number): string {
  const chips = site.dictionaries.get(id)?.firesOn[index];
  return chips
    ? chips
        .split('</b>', BRIEF)
        .filter(Boolean)
        .map((chip) => `${chip}</b>`)
        .join('')
    : '<span class=none>n/a</span>';
}

/** Chips of what a linked feature fires on; n/a when the site does not know. */
export function thumbnail(site: Site, id: string, index: number): string {
  const chips = site.dictionaries.get(id)?.firesOn[index];
  return chips ? `<span class=on>${chips}</span>` : '<span class=none>n/a</span>';
}
