import { percent, significant } from '../view/number.ts';
import { importance } from './columns.ts';
import type { Columns } from './columns.ts';
import type { Card } from './store.ts';

const chips = (html: string): string => `<span class=on>${html}</span>`;

/**
 * What one wants to know of a feature before its page is opened.
 *
 * @param id of its dictionary
 * @param folder address of that dictionary where it is not the one of the list
 */
export function cardHtml(
  id: string,
  index: number,
  columns: Columns,
  [firesOn, explanation, windows, likelier]: Card,
  folder = '',
): string {
  const active = columns.active[index]!;
  const fact = (term: string, value: string): string => `<div><dt>${term}</dt><dd>${value}</dd></div>`;
  const cluster = columns.cluster?.[index] ?? -1;
  return (
    `<button type=button class=close>Close</button><h2><a href="${folder}${index}.html"><small>${id}</small> ${index}</a></h2>` +
    (active === 0
      ? '<p class=none>never fired on the evaluation text</p>'
      : `<p>${chips(firesOn)}</p>${explanation && `<p class=why>${explanation}</p>`}` +
        `<dl class=facts>${fact('density', percent(active / columns.evaluationTokens))}${fact('largest', significant(columns.max[index]!))}` +
        `${fact('importance', significant(importance(columns, index)))}${cluster < 0 || folder !== '' ? '' : fact('cluster', `<button type=button data-cluster=${cluster}>${cluster}</button>`)}</dl>` +
        `${windows && `<h3>Where it is strongest</h3><ol class=windows lang="">${windows}</ol>`}`) +
    `${likelier && `<h3>Makes likelier</h3><p>${chips(`<b>${likelier}</b>`)}</p>`}`
  );
}
