import type { BrowseState } from './browse-state.ts';
import type { Columns } from './columns.ts';
import { edgesOf, rangeNames, ranges } from './ranges.ts';
import type { RangeName } from './ranges.ts';
import { isOfKind } from './search.ts';

/** The controls above a list. */
export interface BrowseForm {
  element: HTMLFormElement;
  /** Says what was found. */
  say(text: string): void;
  /** Shows a state. */
  show(state: BrowseState): void;
  /** Adds what only the data tells: domains, and how many features there are of each kind. */
  fill(columns: Columns): void;
}

const orders = [
  'index',
  'density',
  'max',
  'mean',
  'importance',
  'cluster',
  'score',
  'children',
  'twins',
  'domain',
  'random',
];
const places = ['tokens', 'explanations', 'both', 'examples'];
const kinds = ['all', 'live', 'dead', 'ultralow', 'dense', 'single'];
/** Names of choices that say more than what stands in an address. */
const names: Record<string, string> = {
  max: 'largest activation',
  mean: 'mean activation',
  score: 'explanation score',
  single: 'on a single token',
};

const options = (values: readonly string[]): string =>
  values.map((value) => `<option value=${value}>${names[value] ?? value}</option>`).join('');

const rangeHtml = (name: RangeName): string =>
  `<span>${ranges[name]} ${['from', 'to']
    .map((side) => `<input type=number step=any name=${name} aria-label="${ranges[name]} ${side}">`)
    .join(' to ')}</span>`;

/** Makes the controls. @param has orders and ranges that not every list has @param change told what a reader changes, and whether by typing */
export function makeForm(
  has: { cluster: boolean; beside: boolean; score: boolean; children: boolean; twins: boolean },
  change: (changes: Partial<BrowseState>, typing: boolean) => void,
): BrowseForm {
  const offers = (name: string): boolean => (has as Record<string, boolean>)[name] ?? true;
  const asked = rangeNames.filter(offers);
  const form = document.createElement('form');
  form.className = 'ask';
  form.role = 'search';
  form.innerHTML =
    `<p><input type=search name=text aria-label=Search placeholder="Search: a token, a word, a number" autocomplete=off spellcheck=false>` +
    `<label>in <select name=where>${options(places)}</select></label>` +
    `<label><input type=checkbox name=regex> regular expression</label><output></output></p>` +
    `<p><label>Order <select name=order>${options(orders.filter(offers))}</select></label>` +
    `<button type=button name=reverse aria-pressed=false aria-label="Reverse the order">⇅</button>` +
    `<label>Seed <input type=number name=seed></label>` +
    `<label>Show <select name=show>${options(kinds)}</select></label>` +
    `<label>Domain <select name=domain><option value="">any</option></select></label>` +
    `<label${has.cluster ? '' : ' hidden'}><input type=checkbox name=seen> only what the map shows</label>` +
    `<label${has.beside ? '' : ' hidden'}><input type=checkbox name=beside> other dictionaries on the map</label>` +
    `<button type=button name=cluster hidden></button></p>` +
    `<details><summary>Ranges</summary><p>${asked.map(rangeHtml).join('')}</p></details>`;
  const control = <T extends HTMLElement = HTMLInputElement>(name: string): T =>
    form.querySelector<T>(`[name=${name}]`)!;
  const text = control('text');
  const seed = control('seed');
  const reverse = control<HTMLButtonElement>('reverse');
  const cluster = control<HTMLButtonElement>('cluster');
  const output = form.querySelector('output')!;
  const selects = (['where', 'order', 'show', 'domain'] as const).map(
    (name) => [name, control<HTMLSelectElement>(name)] as const,
  );
  const boxes = (['regex', 'seen', 'beside'] as const).map((name) => [name, control(name)] as const);

  const limits = asked.map(
    (name) => [name, Array.from(form.querySelectorAll<HTMLInputElement>(`[name=${name}]`))] as const,
  );
  const fold = form.querySelector('details')!;

  form.addEventListener('submit', (event) => event.preventDefault());
  text.addEventListener('input', () => change({ text: text.value }, true));
  seed.addEventListener('input', () => change({ seed: Number(seed.value) || 0 }, true));
  for (const [name, select] of selects)
    select.addEventListener('change', () => change({ [name]: select.value }, false));
  for (const [name, box] of boxes)
    box.addEventListener('change', () => change({ [name]: box.checked }, false));
  for (const [name, inputs] of limits)
    for (const input of inputs)
      input.addEventListener('input', () => {
        const edges = inputs.map(({ value }) => value);
        change({ [name]: edges.some(Boolean) ? edges.join('..') : '' }, true);
      });
  reverse.addEventListener('click', () => change({ reverse: reverse.ariaPressed !== 'true' }, false));
  cluster.addEventListener('click', () => change({ cluster: -1 }, false));
  return {
    element: form,
    say: (words) => void (output.textContent = words),
    show(state) {
      // Written only where it differs: a caret would jump.
      if (text.value !== state.text) text.value = state.text;
      if (Number(seed.value) !== state.seed || seed.value === '') seed.value = String(state.seed);
      seed.parentElement!.hidden = state.order !== 'random';
      for (const [name, select] of selects) select.value = state[name];
      for (const [name, box] of boxes) box.checked = state[name];
      for (const [name, inputs] of limits) {
        inputs.forEach((input, i) => {
          const edge = edgesOf(state[name])[i] ?? '';
          if (input.value !== edge) input.value = edge;
          if (edge) fold.open = true;
        });
      }
      reverse.ariaPressed = String(state.reverse);
      cluster.hidden = state.cluster < 0;
      cluster.textContent = `cluster ${state.cluster} ✕`;
      cluster.ariaLabel = `Cluster ${state.cluster} alone; press to list all clusters`;
    },
    fill(columns) {
      const [domains, shows] = [control<HTMLSelectElement>('domain'), control<HTMLSelectElement>('show')];
      if (domains.options.length > 1) return;
      const counts = columns.domains.map(() => 0);
      for (const number of columns.domain) if (number in counts) counts[number]!++;
      columns.domains.forEach((name, i) => {
        const option = new Option();
        option.innerHTML = name;
        option.value = option.textContent;
        option.append(` (${counts[i]?.toLocaleString('en-GB')})`);
        domains.add(option);
      });
      for (const option of Array.from(shows.options)) {
        const { value } = option;
        if ((value === 'ultralow' && !columns.ultralow) || (value === 'single' && !columns.single)) {
          option.remove();
          continue;
        }
        let count = 0;
        for (let index = 0; index < columns.features; index++) if (isOfKind(columns, value, index)) count++;
        option.append(` (${count.toLocaleString('en-GB')})`);
      }
    },
  };
}
