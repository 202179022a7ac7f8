import '../style/pick.css';
import '../style/splits.css';
import { splitTree } from '../view/split-tree.ts';
import type { SplitNode } from '../view/split-tree.ts';
import { hideUntil } from './hide-until.ts';
import { openStore } from './store.ts';
import type { Store } from './store.ts';

/** Children drawn of the root, and of the features below it. */
const SHOWN = [6, 3];

interface Width {
  id: string;
  features: number;
  /** The next wider dictionary; undefined for the widest. */
  next: string | undefined;
  store: Store;
}

const section = document.querySelector<HTMLElement>('.explorer[data-widths]');
if (section) explore(section);

/** Gives the tree a slider over widths, and lets one pick any feature; both are in the address. */
function explore(section: HTMLElement): void {
  const { version = '', widths: listed = '', root = '' } = section.dataset;
  const widths = new Map<string, Width>();
  for (const entry of listed.split(';')) {
    const [id = '', features = '0', next = '-'] = entry.split(' ');
    widths.set(id, {
      id,
      features: Number(features),
      next: next === '-' ? undefined : next,
      store: openStore(`${id}/data/`, version),
    });
  }
  const telling = [...document.querySelectorAll<HTMLElement>('.splits > [data-root]')].map(
    (each) => each.dataset['root'] ?? '',
  );
  const drawn = section.querySelector('.drawn')!;
  const form = document.createElement('form');
  form.className = 'pick';
  form.innerHTML =
    `<label>Dictionary <select name=id>${[...widths.values()]
      .filter(({ next }) => next !== undefined)
      .map(({ id }) => `<option>${id}</option>`)
      .join(
        '',
      )}</select></label><label>Feature <input type=number name=index min=0 step=1 required></label>` +
    '<label class=slide>Up to width <input type=range name=width min=0 step=1><output></output></label>' +
    '<span><button type=button value=-1>← previous split</button> <button type=button value=1>next split →</button></span>';
  section.prepend(form);
  const select = form.querySelector('select')!;
  const number = form.querySelector<HTMLInputElement>('[name=index]')!;
  const slider = form.querySelector<HTMLInputElement>('[name=width]')!;
  const output = form.querySelector('output')!;

  let state = { root, width: 1 };
  let run = 0;
  /** The dictionaries from one to the widest. */
  const chain = (id: string): Width[] => {
    const found: Width[] = [];
    for (let width = widths.get(id); width && !found.includes(width); width = widths.get(width.next ?? ''))
      found.push(width);
    return found;
  };
  const split = (name: string): [string, number] => [
    name.slice(0, name.lastIndexOf('/')),
    Number(name.slice(name.lastIndexOf('/') + 1)),
  ];

  const show = (): void => {
    const [id, index] = split(state.root);
    const reach = chain(id);
    const width = Math.min(state.width, reach.length - 1);
    select.value = id;
    number.value = String(index);
    number.max = String((widths.get(id)?.features ?? 1) - 1);
    slider.max = String(reach.length - 1);
    slider.value = String(width);
    const at = reach[width];
    const words = at ? `${at.id}, ${at.features.toLocaleString('en-GB')} features` : '';
    output.textContent = words;
    slider.setAttribute('aria-valuetext', words);
  };
  const draw = async (): Promise<void> => {
    const mine = ++run;
    show();
    const [id, index] = split(state.root);
    const reach = chain(id);
    const tree = await grow(reach, 0, Math.min(state.width, reach.length - 1), index);
    if (mine === run) drawn.innerHTML = splitTree(tree, true);
  };
  const grow = async (reach: Width[], at: number, to: number, index: number): Promise<SplitNode> => {
    const here = reach[at]!;
    const [firesOn = '', , , , count = 0, children = []] = (await here.store.card(index)) ?? [];
    const shown = at < to ? children.slice(0, SHOWN[Math.min(at, SHOWN.length - 1)]) : [];
    return {
      id: here.id,
      index,
      firesOn,
      children: await Promise.all(
        shown.map(async ([child, similarity, cosine]) => ({
          similarity,
          cosine,
          node: await grow(reach, at + 1, to, child),
        })),
      ),
      more: reach[at + 1] ? count - shown.length : 0,
    };
  };
  const read = (): void => {
    const given = new URLSearchParams(location.search);
    const asked = given.get('feature') ?? '';
    const [id, index] = split(asked);
    const features = widths.get(id)?.features ?? 0;
    state = {
      root: Number.isSafeInteger(index) && index >= 0 && index < features ? asked : root,
      width: Math.max(0, Number(given.get('width') ?? 1) || 0),
    };
  };
  const change = (changes: Partial<typeof state>, step: 'push' | 'replace'): void => {
    state = { ...state, ...changes };
    const query = new URLSearchParams({ feature: state.root, width: String(state.width) });
    const address = `${location.pathname}?${query}`;
    history[`${step}State`](null, '', address);
    void draw();
  };

  form.addEventListener('submit', (event) => event.preventDefault());
  slider.addEventListener('input', () => change({ width: Number(slider.value) }, 'replace'));
  select.addEventListener('change', () => change({ root: `${select.value}/0` }, 'push'));
  number.addEventListener('input', () => {
    if (number.checkValidity()) change({ root: `${select.value}/${number.value}` }, 'replace');
  });
  form.addEventListener('click', (event) => {
    const button = (event.target as Element).closest('button');
    if (!button) return;
    const at = telling.indexOf(state.root) + Number(button.value);
    change({ root: telling[(at + telling.length) % telling.length] ?? root }, 'push');
  });
  drawn.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLElement>('[data-root]');
    if (!button) return;
    change({ root: button.dataset['root'] ?? root, width: 1 }, 'push');
    number.focus();
  });
  for (const each of document.querySelectorAll<HTMLElement>('.splits > [data-root]')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Watch it divide';
    button.addEventListener('click', () => {
      change({ root: each.dataset['root'] ?? root }, 'push');
      number.focus();
      section.scrollIntoView();
    });
    each.querySelector('details > p')?.append(' ', button);
  }
  addEventListener('popstate', () => {
    read();
    void draw();
  });
  read();
  if (location.search === '') show();
  else hideUntil(draw());
}
