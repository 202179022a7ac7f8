import type { ListData } from './list-data.ts';

const significant = (value: number): string => {
  if (value === 0) return '0';
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(6, decimals));
};
const percent = (fraction: number): string => `${significant(fraction * 100)}\u202f%`;

/** A row of the list as HTML; chips and domains were escaped when the site was built. */
export function rowHtml(data: ListData, index: number): string {
  const active = data.active[index] ?? 0;
  const dead = active === 0;
  const none = (text: string): string => `<span class=none>${text}</span>`;
  const domain = data.domains[data.domain[index] ?? -1];
  const extra =
    (data.children
      ? `<td class=n>${data.parents?.[index]}<span class=dot>→</span>${data.children[index]}`
      : '') + (data.twins ? `<td class=n>${data.twins[index]}` : '');
  return (
    `<tr${dead ? ' class=dead' : ''}><th scope=row><a href=${index}.html>${index}</a></th>` +
    `<td class=on>${dead ? none('dead') : data.on[index] || none('n/a')}` +
    `<td class=n>${percent(active / data.total)}<td class=n>${dead ? 'n/a' : significant(data.max[index] ?? 0)}` +
    `<td class=text>${domain === undefined ? none('n/a') : `${domain} <small>${percent(data.share[index] ?? 0)}</small>`}${extra}</tr>`
  );
}
