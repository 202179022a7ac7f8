import type { Records } from '@monosema/trainer/records';
import { featurePage } from '../view/feature-page.ts';
import { shortPage } from '../view/short-page.ts';
import { integer, size } from '../view/number.ts';
import type { Site } from '../view/site.ts';

/** Bytes that a site may weigh unless its author says otherwise: GitHub Pages takes 1 GB, and publishers add files. */
export const MAX_BYTES = 900_000_000;

/** Features of each dictionary by which the weight of its pages is judged. */
const SAMPLE = 16;

/** Which features have whole pages. */
export interface Plan {
  whole: (dictionary: string, index: number) => boolean;
  /** What was decided, as a sentence; undefined when every feature has a whole page. */
  sentence: string | undefined;
}

/** What the pages of a dictionary weigh in the mean. */
interface Weights {
  whole: number;
  short: number;
}

/**
 * Decides which features have whole pages. All have, if the site can bear it; otherwise those that a finding names,
 * then those that are active on most tokens, until the budget is used up. The others have short pages: every feature
 * has a page of its own.
 *
 * @param budget.left bytes that the pages of features may take
 * @param budget.beside bytes a feature that the site takes beside its page
 * @param shell bytes that the layout puts around the body of a page
 */
export async function planPages(
  site: Site,
  records: Records,
  budget: { left: number; beside: number },
  shell: number,
): Promise<Plan> {
  const weights = new Map<string, Weights>();
  let features = 0;
  let all = 0;
  let least = 0;
  for (const [id, { record }] of site.dictionaries) {
    const weight = await weigh(site, records, id, shell);
    weights.set(id, weight);
    features += record.features;
    all += record.features * (weight.whole + budget.beside);
    least += record.features * (weight.short + budget.beside);
  }
  if (all <= budget.left) return { whole: () => true, sentence: undefined };
  const chosen = new Map(
    [...site.dictionaries].map(([id, view]) => [id, new Uint8Array(view.record.features)]),
  );
  let room = budget.left - least;
  let count = 0;
  for (const { dictionary, index } of ranked(site)) {
    const flags = chosen.get(dictionary);
    const weight = weights.get(dictionary);
    if (!flags || !weight || index >= flags.length || flags[index]) continue;
    room -= weight.whole - weight.short;
    if (room < 0) break;
    flags[index] = 1;
    count++;
  }
  const used = budget.left - Math.max(0, room);
  return {
    whole: (dictionary, index) => chosen.get(dictionary)?.[index] === 1,
    sentence:
      `${integer(count)} of ${integer(features)} features have whole pages and the others short ones, which makes about ${size(used)} of pages; ` +
      (least > budget.left
        ? `even short pages need ${size(least - budget.left)} more than maxBytes allows`
        : 'a larger maxBytes gives more of them whole ones'),
  };
}

/** Mean weights of both kinds of pages over the first live features of a dictionary. */
async function weigh(site: Site, records: Records, id: string, shell: number): Promise<Weights> {
  const view = site.dictionaries.get(id);
  if (!view) throw new Error(`internal: no dictionary ${id}`);
  let seen = 0;
  const sum = { whole: 0, short: 0 };
  for await (const feature of records.features(id)) {
    const { page, values } = featurePage(site, view, feature, { shell, values: 'data/values-0.js' });
    sum.whole += shell + Buffer.byteLength(page.body) + Buffer.byteLength(values);
    sum.short += shell + Buffer.byteLength(shortPage(site, view, feature).body);
    if (++seen === SAMPLE) break;
  }
  return { whole: sum.whole / Math.max(1, seen), short: sum.short / Math.max(1, seen) };
}

/** Features that deserve a whole page, the first ones most. */
function* ranked(site: Site): Generator<{ dictionary: string; index: number }> {
  for (const { dictionary, feature } of named(site)) yield { dictionary, index: feature };
  const places: { dictionary: string; index: number; active: number }[] = [];
  for (const [dictionary, { record, activeTokens }] of site.dictionaries) {
    const share = 1 / Math.max(1, record.evaluationTokens);
    for (const [index, count] of activeTokens.entries())
      if (count > 0) places.push({ dictionary, index, active: count * share });
  }
  yield* places.sort((a, b) => b.active - a.active || a.index - b.index);
}

/** Features that the pages of findings and the home page link to. */
function* named({ study, findings }: Site): Generator<{ dictionary: string; feature: number }> {
  yield* study.domainFeatures;
  for (const claim of findings.claims?.claims ?? []) yield* claim.features;
  for (const { feature, neuron } of findings.proxies?.proxies ?? []) {
    if (feature) yield feature;
    if (neuron) yield neuron;
  }
  for (const { parent, children } of findings.splits?.splits ?? []) {
    yield parent;
    yield* children;
  }
  for (const { dictionary, features } of findings.automata?.cycles ?? [])
    for (const feature of features) yield { dictionary, feature };
}
