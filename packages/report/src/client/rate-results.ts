import type { Answers, Source } from './rate-answers.ts';
import { MOST, complete, total } from '../rating/rubric.ts';

/** What came of it, now that it may be told: scores by source, then every item with where it is from. */
export function resultsHtml(
  items: readonly string[],
  answers: Answers,
  key: Readonly<Record<string, Source>>,
): DocumentFragment {
  const rated = items.flatMap((item) => {
    const { meaning, scores } = answers.of(item);
    const whole = complete(scores);
    const from = key[item];
    return whole && from ? [{ meaning, total: total(whole), from }] : [];
  });
  const bySource = Map.groupBy(rated, ({ from }) => from[0]);
  const fragment = document.createDocumentFragment();
  const summary = table(['source', 'intervals', 'median', `scores, 0 to ${MOST}`]);
  for (const [source, list] of bySource) {
    const totals = list.map((each) => each.total);
    summary.row([source, String(list.length), String(median(totals)), strip(totals)]);
  }
  const each = table(['interval', 'score', 'what you took it for']);
  for (const { from, total: points, meaning } of rated.toSorted((a, b) => b.total - a.total)) {
    const link = document.createElement('a');
    link.href = `${from[0]}/${from[1]}.html#i${from[2]}`;
    link.textContent = `${from[0]} ${from[1]}, at ${100 - 10 * from[2]}\u202f%`;
    each.row([link, String(points), meaning]);
  }
  fragment.append(heading('What you rated'), summary.element, heading('One by one'), each.element);
  return fragment;
}

function heading(text: string): HTMLElement {
  const element = document.createElement('h2');
  element.textContent = text;
  return element;
}

function table(names: readonly string[]): {
  element: HTMLTableElement;
  row: (cells: readonly (string | Node)[]) => void;
} {
  const element = document.createElement('table');
  element.className = 'num';
  const head = element.createTHead().insertRow();
  const body = element.createTBody();
  for (const name of names) {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.textContent = name;
    head.append(cell);
  }
  return {
    element,
    row(cells) {
      const row = body.insertRow();
      for (const [i, content] of cells.entries()) {
        const cell = document.createElement(i === 0 ? 'th' : 'td');
        if (i === 0) (cell as HTMLTableCellElement).scope = 'row';
        cell.append(content);
        row.append(cell);
      }
    },
  };
}

/** Counts of the scores 0 to 14 as bars. */
function strip(totals: readonly number[]): Node {
  const counts = Array.from(
    { length: MOST + 1 },
    (_, score) => totals.filter((value) => value === score).length,
  );
  const most = Math.max(...counts);
  const path = counts
    .map((count, i) => (count > 0 ? `M${i * 10} 24V${24 - (count / most) * 22}h9V24z` : ''))
    .join('');
  const holder = document.createElement('template');
  holder.innerHTML = `<svg width=${(MOST + 1) * 10} height=24 role=img aria-label="intervals by score, from 0 to ${MOST}: ${counts.join(', ')}"><path d="${path}"/></svg>`;
  return holder.content;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
}
