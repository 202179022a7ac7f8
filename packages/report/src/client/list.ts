import { chipText, loadList } from './list-data.ts';
import type { ListData } from './list-data.ts';
import { rowHtml } from './list-row.ts';

const PAGE = 256;

interface State {
  by: string;
  descending: boolean;
  text: string;
  domain: string;
  alive: boolean;
  page: number;
}

/** Gives a list page a filter and sortable columns; the data is loaded when they are first used. */
export function enhanceList(): void {
  const tools = document.querySelector<HTMLElement>('.tools[data-list]');
  const table = document.querySelector<HTMLTableElement>('table.list');
  const body = table?.tBodies[0];
  if (!tools || !table || !body) return;
  const state: State = { by: 'index', descending: false, text: '', domain: '', alive: false, page: 0 };
  let loading: Promise<ListData> | undefined;
  let texts: string[] | undefined;

  const form = document.createElement('form');
  form.innerHTML =
    '<label>Filter <input type=search name=text placeholder="token or number" autocomplete=off></label>' +
    '<label>Domain <select name=domain><option value="">any</option></select></label>' +
    '<label><input type=checkbox name=alive> hide dead</label><output></output>';
  tools.prepend(form);
  const input = form.querySelector('input');
  const select = form.querySelector('select');
  const output = form.querySelector('output');
  const more = document.createElement('nav');
  more.className = 'pager';

  const draw = async (): Promise<void> => {
    loading ??= loadList(tools.dataset['list'] ?? '');
    const data = await loading;
    texts ??= data.on.map(chipText);
    if (select && select.options.length === 1) {
      for (const [i, domain] of data.domains.entries()) {
        const option = document.createElement('option');
        option.value = String(i);
        option.innerHTML = domain;
        select.append(option);
      }
    }
    const found = select ? matching(data, texts, state) : [];
    const shown = found.slice(state.page * PAGE, (state.page + 1) * PAGE);
    body.innerHTML = shown.map((index) => rowHtml(data, index)).join('');
    if (output)
      output.textContent = `${found.length.toLocaleString('en-GB')} of ${data.active.length.toLocaleString('en-GB')}`;
    for (const header of table.querySelectorAll<HTMLElement>('th[data-by]')) {
      const sorted = header.dataset['by'] === state.by;
      if (sorted) header.setAttribute('aria-sort', state.descending ? 'descending' : 'ascending');
      else header.removeAttribute('aria-sort');
    }
    document.querySelector('.orders')?.remove();
    document.querySelector('nav.pager:not(.live)')?.remove();
    drawPager(Math.ceil(found.length / PAGE));
  };
  const drawPager = (pages: number): void => {
    more.classList.add('live');
    more.setAttribute('aria-label', 'Pages of the list');
    more.replaceChildren();
    const button = (label: string, page: number): void => {
      const made = document.createElement('button');
      made.type = 'button';
      made.textContent = label;
      made.disabled = page < 0 || page >= pages;
      made.addEventListener('click', () => {
        state.page = page;
        void draw();
        table.scrollIntoView();
      });
      more.append(made);
    };
    if (pages > 1) {
      button('← previous', state.page - 1);
      more.append(` ${state.page + 1} of ${pages} `);
      button('next →', state.page + 1);
      table.parentElement?.after(more);
    } else more.remove();
  };

  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', () => {
    state.text = input?.value.trim().toLowerCase() ?? '';
    state.domain = select?.value ?? '';
    state.alive = form.querySelector<HTMLInputElement>('[name=alive]')?.checked ?? false;
    state.page = 0;
    void draw();
  });
  // The choice of domains is in the data.
  select?.addEventListener('focus', () => void (loading ?? draw()), { once: true });
  for (const header of table.querySelectorAll<HTMLElement>('th[data-by]')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener('click', () => {
      const by = header.dataset['by'] ?? 'index';
      state.descending = state.by === by ? !state.descending : by !== 'index' && by !== 'domain';
      state.by = by;
      state.page = 0;
      void draw();
    });
  }
}

function matching(data: ListData, texts: readonly string[], state: State): number[] {
  const found: number[] = [];
  for (const [index, active] of data.active.entries()) {
    if (state.alive && active === 0) continue;
    if (state.domain !== '' && String(data.domain[index]) !== state.domain) continue;
    if (state.text !== '' && String(index) !== state.text && !texts[index]?.includes(state.text)) continue;
    found.push(index);
  }
  const columns: Record<string, readonly number[] | undefined> = {
    density: data.active,
    max: data.max,
    children: data.children,
    twins: data.twins,
    domain: data.domain,
  };
  const column = columns[state.by];
  const sign = state.descending ? -1 : 1;
  return found.sort((a, b) => sign * (column ? (column[a] ?? 0) - (column[b] ?? 0) : a - b) || a - b);
}
