import { rowHtml } from '../view/list-row.ts';
import { ANY } from './browse-state.ts';
import type { BrowseState } from './browse-state.ts';
import { NOWHERE } from './columns.ts';
import type { Columns } from './columns.ts';
import type { Store } from './store.ts';

/** Features on one page of a list, as on the static ones. */
export const PAGE = 128;

/** The table of a list and what is under it. */
export interface BrowseList {
  /** Draws one page of what was found. */
  draw(columns: Columns, found: Uint32Array, state: BrowseState): Promise<void>;
  /** Marks the row of the chosen feature and of the one pointed at; -1 for none. */
  mark(chosen: number, pointed: number): void;
  /** Brings the row of a feature into view, if the page has it, and the focus to it where keys have led there. */
  reveal(index: number, where?: ScrollLogicalPosition, focus?: boolean): void;
}

/** Takes over the table that the page came with. @param change told what a reader changes */
export function takeList(
  host: HTMLElement,
  store: Store,
  calls: {
    change(changes: Partial<BrowseState>): void;
    onPoint(index: number): void;
    onChoose(index: number): void;
  },
): BrowseList {
  const table = host.querySelector<HTMLTableElement>('table.list')!;
  const body = table.tBodies[0]!;
  const pager = document.createElement('nav');
  pager.className = 'pager';
  pager.ariaLabel = 'Pages of the list';
  const indexOf = (target: EventTarget | null): number => {
    const row = (target as Element | null)?.closest('tbody tr');
    return Number(row?.querySelector('a')?.textContent ?? -1);
  };
  let state: BrowseState | undefined;
  /** Says what was asked where nothing was found, and offers to ask for nothing. */
  const sayNothing = (asked: BrowseState): void => {
    body.innerHTML =
      '<tr><td colspan=99 class=text>Nothing is left by <span></span>. <button class=tool>Show all</button>';
    body.querySelector('span')!.textContent = (Object.keys(ANY) as (keyof typeof ANY)[])
      .filter((name) => asked[name] !== ANY[name])
      .map((name) => (name === 'text' ? `“${asked.text}” in ${asked.where}` : `${name} ${asked[name]}`))
      .join(', ');
    body.querySelector('button')!.onclick = () => calls.change(ANY);
  };
  for (const header of table.querySelectorAll<HTMLElement>('th[data-by]')) {
    const button = document.createElement('button');
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener('click', () => {
      const order = header.dataset['by'] ?? 'index';
      calls.change({ order, reverse: state?.order === order && !state.reverse });
    });
  }
  body.addEventListener('pointerover', (event) => calls.onPoint(indexOf(event.target)));
  body.addEventListener('focusin', (event) => calls.onPoint(indexOf(event.target)));
  body.addEventListener('pointerleave', () => calls.onPoint(-1));
  body.addEventListener('click', (event) => {
    if (!(event.target as Element).closest('a')) calls.onChoose(indexOf(event.target));
  });
  return {
    async draw(columns, found, next) {
      state = next;
      const pages = Math.max(1, Math.ceil(found.length / PAGE));
      const page = Math.min(next.page, pages);
      const shown = [...found.subarray((page - 1) * PAGE, page * PAGE)];
      const rows = await Promise.all(shown.map((index) => row(store, columns, index)));
      if (state !== next) return;
      body.innerHTML = rows.join('');
      if (!shown.length) sayNothing(next);
      for (const header of table.querySelectorAll<HTMLElement>('th[data-by]')) {
        const sorted = header.dataset['by'] === next.order;
        const rising = ['index', 'domain'].includes(next.order) !== next.reverse;
        header.ariaSort = sorted ? (rising ? 'ascending' : 'descending') : null;
      }
      host.querySelector('nav.pager')?.remove();
      pager.replaceChildren();
      if (pages === 1) return;
      table.parentElement?.after(pager);
      const button = (label: string, to: number): void => {
        const made = document.createElement('button');
        made.textContent = label;
        made.disabled = to < 1 || to > pages;
        made.addEventListener('click', () => {
          calls.change({ page: to });
          // The button itself goes with the page.
          table.parentElement!.focus();
          table.scrollIntoView();
        });
        pager.append(made);
      };
      button('← previous', page - 1);
      pager.append(` page ${page} of ${pages} `);
      button('next →', page + 1);
    },
    mark(chosen, pointed) {
      for (const each of body.rows) {
        const index = indexOf(each);
        each.classList.toggle('pointed', index === pointed);
        each.ariaCurrent = index === chosen ? 'true' : null;
      }
    },
    reveal(index, block = 'nearest', focus = false) {
      const found = [...body.rows].find((each) => indexOf(each) === index);
      found?.scrollIntoView({ block });
      if (focus) found?.querySelector('a')?.focus();
    },
  };
}

async function row(store: Store, columns: Columns, index: number): Promise<string> {
  const { rows, at } = await store.row(index);
  const { domain, parents, children, twins } = columns;
  const chips = rows.on[at] ?? [];
  return rowHtml({
    index,
    activeTokens: columns.active[index]!,
    evaluationTokens: columns.evaluationTokens,
    maxActivation: columns.max[index]!,
    meanActivation: columns.mean[index]!,
    firesOn: chips.map((chip) => `<b>${rows.chips[chip]}</b>`).join(''),
    explanation: rows.explanations[at] ?? '',
    score: columns.score?.[index],
    domain: domain[index] === NOWHERE ? null : (columns.domains[domain[index] ?? NOWHERE] ?? null),
    share: columns.share[index] ?? null,
    widths: parents && children ? { parents: parents[index]!, children: children[index]! } : null,
    twins: twins ? twins[index]! : null,
  });
}
