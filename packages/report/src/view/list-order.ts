import type { DictionaryView } from './site.ts';

/** Features of the largest dictionary whose list is written in every order, and as a table; of larger ones in two. */
export const ALL_ORDERS = 20_000;

const listOrders = [
  { key: 'index', name: 'index', file: 'index' },
  { key: 'density', name: 'density', file: 'by-density' },
  { key: 'max', name: 'largest activation', file: 'by-max' },
  { key: 'importance', name: 'importance', file: 'by-importance' },
  { key: 'score', name: 'explanation score', file: 'by-score' },
  { key: 'cluster', name: 'cluster', file: 'by-cluster' },
  { key: 'children', name: 'children', file: 'by-children' },
] as const;
export type ListOrder = (typeof listOrders)[number];

/** The orders that a dictionary's list is written in: by score, cluster or children only where there are any. */
export function ordersOf(view: DictionaryView): ListOrder[] {
  return listOrders.filter(({ key }) => {
    if (key === 'index' || key === 'density') return true;
    if (view.record.features > ALL_ORDERS) return false;
    return (
      { children: view.has.children, cluster: view.has.map, score: view.has.scores }[key as string] ?? true
    );
  });
}

/** Feature indices of a dictionary in an order: the largest first, but for index and cluster; ties by index. */
export function ordered(view: DictionaryView, order: ListOrder): number[] {
  const indices = Array.from({ length: view.record.features }, (_, index) => index);
  if (order.key === 'index') return indices;
  if (order.key === 'cluster') {
    const { mapOrder } = view;
    return indices.sort((a, b) => (mapOrder[a] ?? Infinity) - (mapOrder[b] ?? Infinity) || a - b);
  }
  const by = {
    density: (index: number) => view.activeTokens[index] ?? 0,
    max: (index: number) => view.maxActivation[index] ?? 0,
    importance: (index: number) => importance(view, index),
    // What has no score comes last.
    score: (index: number) => view.explanationScore[index] ?? -Infinity,
    children: (index: number) => view.childCount[index] ?? 0,
  }[order.key];
  return indices.sort((a, b) => by(b) - by(a) || a - b);
}

/**
 * Importance of a feature: its activation, averaged over all evaluation tokens. Directions have length 1, so it is how
 * much of a reconstruction the feature is on average.
 */
export function importance(view: DictionaryView, index: number): number {
  const { evaluationTokens } = view.record;
  return evaluationTokens > 0
    ? ((view.activeTokens[index] ?? 0) * (view.meanActivation[index] ?? 0)) / evaluationTokens
    : 0;
}

/** File of one page of a list, as `by-density-2.html`. */
export function listFile(order: ListOrder, page: number): string {
  return `${order.file}${page > 0 ? `-${page + 1}` : ''}.html`;
}
