import { isDense } from './density.ts';
import { fixed, percent, significant } from './number.ts';

/** What a row of a list shows of a feature. Text from the records is HTML already. */
export interface ListRow {
  index: number;
  activeTokens: number;
  /** Tokens that activity was counted over. */
  evaluationTokens: number;
  maxActivation: number;
  meanActivation: number;
  /** Chips of what it fires on; empty when there is none. */
  firesOn: string;
  /** Its explanation; empty when there is none. */
  explanation: string;
  /** Of its explanation, null or not finite where it has none; undefined where the list has no such column. */
  score: number | null | undefined;
  domain: string | null;
  share: number | null;
  /** Features it is linked to in the narrower and the wider dictionary; null where the list has no such column. */
  widths: { parents: number; children: number } | null;
  twins: number | null;
}

const none = (text: string): string => `<span class=none>${text}</span>`;

/** A feature as a row of a list: of the static pages, and of what the script shows. */
export function rowHtml(row: ListRow): string {
  const { index, activeTokens, evaluationTokens, score, domain, share, widths, twins } = row;
  const dead = activeTokens === 0;
  return (
    `<tr${dead ? ' class=dead' : ''}><th scope=row><a href=${index}.html>${index}</a></th>` +
    `<td class=on>${dead ? none('dead') : row.firesOn || none('n/a')}${row.explanation && `<p class=why>${row.explanation}</p>`}` +
    `<td class=n>${isDense(activeTokens, evaluationTokens) ? '<small>dense</small> ' : ''}${evaluationTokens > 0 ? percent(activeTokens / evaluationTokens) : 'n/a'}` +
    [row.maxActivation, row.meanActivation]
      .map((value) => `<td class=n>${dead ? 'n/a' : significant(value)}`)
      .join('') +
    (score === undefined ? '' : `<td class=n>${fixed(score, 2)}`) +
    `<td class=text>${domain === null ? none('n/a') : `${domain} <small>${percent(share)}</small>`}` +
    (widths === null ? '' : `<td class=n>${widths.parents}<span class=dot>→</span>${widths.children}`) +
    `${twins === null ? '' : `<td class=n>${twins}`}</tr>`
  );
}
