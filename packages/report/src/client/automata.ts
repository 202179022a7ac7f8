import '../style/pick.css';
import '../style/automata.css';
import { significant } from '../view/number.ts';
import { hideUntil } from './hide-until.ts';
import { openStore } from './store.ts';
import type { Card, Edge, Store } from './store.ts';

const host = document.querySelector<HTMLElement>('.walk');
if (host) walk(host);

/** Lets one go from feature to feature along what leads to what; the way is in the address. */
function walk(host: HTMLElement): void {
  const { version = '', dictionaries = '', at = '' } = host.dataset;
  const stores = new Map<string, { store: Store; features: number }>();
  for (const entry of dictionaries.split(';')) {
    const [id = '', features = '0'] = entry.split(' ');
    stores.set(id, { store: openStore(`${id}/data/`, version), features: Number(features) });
  }
  host.innerHTML =
    '<h2>Walk</h2><p class=note>What tends to fire one token before a feature, and one token after it. Press one to go there; lift says how many times likelier than anywhere.</p>' +
    `<form class=pick><label>Dictionary <select>${[...stores.keys()].map((id) => `<option>${id}</option>`).join('')}</select></label>` +
    '<label>Feature <input type=number min=0 step=1 required></label></form>' +
    '<nav class=trail aria-label="The way so far"></nav><div class=around aria-live=polite></div>';
  const form = host.querySelector('form')!;
  const select = form.querySelector('select')!;
  const number = form.querySelector('input')!;
  const trail = host.querySelector('.trail')!;
  const around = host.querySelector('.around')!;
  let [id, way] = read();
  let run = 0;

  /** Dictionary and way of an address; the last of the way is where one stands. */
  function read(): [string, number[]] {
    const [start, from] = [at.slice(0, at.lastIndexOf('/')), Number(at.slice(at.lastIndexOf('/') + 1))];
    const given = new URLSearchParams(location.search);
    const named = given.get('dictionary') ?? '';
    const features = stores.get(named)?.features ?? 0;
    const steps = (given.get('way') ?? '').split(' ').map(Number);
    const valid = steps.every((step) => Number.isSafeInteger(step) && step >= 0 && step < features);
    return features > 0 && valid ? [named, steps] : [start, [from]];
  }

  const draw = async (): Promise<void> => {
    const mine = ++run;
    const here = way.at(-1) ?? 0;
    const { store, features } = stores.get(id)!;
    select.value = id;
    number.value = String(here);
    number.max = String(features - 1);
    const card = await store.card(here);
    if (!card || mine !== run) return;
    const chips = new Map<number, string>();
    for (const [feature] of [...card[6], ...card[7]])
      chips.set(feature, (await store.card(feature))?.[0] ?? '');
    if (mine !== run) return;
    trail.innerHTML = trailHtml(way);
    around.innerHTML =
      `<section aria-label="Before"><h3>Before it</h3>${edgesHtml(card[7], chips, 'from')}</section>` +
      `<section class=stand aria-label="Here">${hereHtml(id, here, card)}</section>` +
      `<section aria-label="After"><h3>After it</h3>${edgesHtml(card[6], chips, 'to')}</section>`;
  };
  const go = (next: number[], step: 'push' | 'replace'): Promise<void> => {
    way = next;
    const address = `${location.pathname}?${new URLSearchParams({ dictionary: id, way: way.join(' ') })}`;
    history[`${step}State`](null, '', address);
    return draw();
  };
  /** Goes on from a button that the next drawing takes away, with the keys where one stands then. */
  const leap = async (next: number[]): Promise<void> => {
    await go(next, 'push');
    host.querySelector<HTMLElement>('.stand a')?.focus();
  };

  form.addEventListener('submit', (event) => event.preventDefault());
  select.addEventListener('change', () => {
    id = select.value;
    void go([0], 'push');
  });
  number.addEventListener('input', () => {
    if (number.checkValidity()) void go([Number(number.value)], 'replace');
  });
  host.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLElement>('button');
    if (!button) return;
    const { back, to, from } = button.dataset;
    if (back !== undefined) void leap(way.slice(0, Number(back) + 1));
    // A step back in time begins a new way.
    else if (from !== undefined) void leap([Number(from)]);
    else if (to !== undefined) void leap([...way, Number(to)].slice(-12));
  });
  for (const each of document.querySelectorAll<HTMLElement>('.cycles > [data-at]')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'from';
    button.textContent = 'Walk from here';
    button.addEventListener('click', () => {
      const name = each.dataset['at'] ?? at;
      id = name.slice(0, name.lastIndexOf('/'));
      void leap([Number(name.slice(id.length + 1))]).then(() => host.scrollIntoView());
    });
    each.querySelector('h3')?.append(' ', button);
  }
  addEventListener('popstate', () => {
    [id, way] = read();
    void draw();
  });
  hideUntil(draw());
}

function trailHtml(way: readonly number[]): string {
  const here = way.at(-1);
  const before = way.lastIndexOf(here ?? -1, -2);
  const steps = way.map((feature, i) =>
    i === way.length - 1
      ? `<b aria-current=step>${feature}</b>`
      : `<button type=button data-back=${i}>${feature}</button>`,
  );
  const closed =
    before >= 0 && way.length > 1 ? ` <strong>a cycle of ${way.length - 1 - before}</strong>` : '';
  return `<small>walked</small> ${steps.join(' → ')}${closed}`;
}

function hereHtml(id: string, index: number, [firesOn, explanation, windows, likelier]: Card): string {
  return (
    `<h3><a class=f href="${id}/${index}.html">${id}·${index}</a></h3><p><span class=on>${firesOn || '<span class=none>n/a</span>'}</span></p>` +
    `${explanation && `<p class=note>${explanation}</p>`}${windows && `<ol class=windows lang="">${windows}</ol>`}` +
    `${likelier && `<p><small>makes likelier</small> <span class=on><b>${likelier}</b></span></p>`}`
  );
}

function edgesHtml(
  edges: readonly Edge[],
  chips: ReadonlyMap<number, string>,
  direction: 'from' | 'to',
): string {
  if (edges.length === 0) return '<p class=none>none found</p>';
  const most = Math.max(...edges.map(([, strength]) => strength));
  return `<ol>${edges
    .map(
      ([feature, strength, lift]) =>
        `<li><button type=button data-${direction}=${feature}><b>${feature}</b> <span class=on>${chips.get(feature) || '<span class=none>n/a</span>'}</span>` +
        `<svg width=60 height=6 aria-hidden=true><path d="M0 0h${Math.round((strength / most) * 60)}v6H0z"/></svg> <small>${significant(lift, 2)}×</small></button>`,
    )
    .join('')}</ol>`;
}
