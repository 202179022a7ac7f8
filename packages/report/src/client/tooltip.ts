import { percentile } from '../view/percentile.ts';
import { markActivation } from './histogram-mark.ts';
import { loadValues } from './values.ts';
import type { Line, Part } from './values.ts';

/** The elements of a line that have values: units of tokens, whose names are a letter, a hyphen and a digit. */
const unitsOf = (line: Element): Element[] =>
  [...line.querySelectorAll(':not(.far)')].filter(({ localName }) => /^[a-jo]-\d?$/.test(localName));

const unitAt = (target: EventTarget | null): Element | undefined => {
  for (let at = target as Element | null; at && !at.matches('.ex p'); at = at.parentElement)
    if (/^[a-jo]-\d?$/.test(at.localName) && at.closest('.ex p') && !at.closest('.far')) return at;
  return undefined;
};

const number = (value: number): string => String(Number(value.toPrecision(3))).replace('-', '\u2212');
const signed = (value: number): string => (value > 0 ? '+' : '') + number(value);

/** What the tooltip of a unit says, a term and its text a row. */
function sentences(unit: Element, parts: Part[], { source, names, counts = [] }: Line): [string, string][] {
  const largest = Number(unit.closest<HTMLElement>('[data-max]')?.dataset['max']);
  const activation = Math.max(...parts.map(([, each]) => each));
  const changes = parts.map(([, , each]) => each).filter((each) => each !== undefined);
  const change = changes.reduce((sum, each) => sum + each, 0);
  const rows: [string, string][] = [
    [
      'activation',
      activation > 0
        ? `${number(activation)} (${Math.round((activation / largest) * 100)}\u202f% of the largest)`
        : 'not active here',
    ],
    ['percentile', percentile(activation, largest, counts)],
    [
      'effect',
      changes.length === 0
        ? 'not active on the token before'
        : `removing it there changes the loss by ${signed(change)} nats: with it, this is ${number(Math.exp(change))} times as likely`,
    ],
  ];
  for (const [, , , risen = [], fallen = []] of parts) {
    const list = (logits: number[]): string =>
      logits
        .flatMap((place, i) => (i % 2 ? [] : `“${names[place]}” ${signed(logits[i + 1] ?? 0)}`))
        .join(', ');
    if (risen.length) rows.push(['raises then', list(risen)]);
    if (fallen.length) rows.push(['lowers then', list(fallen)]);
  }
  rows.push([parts.length > 1 ? 'tokens' : 'token', parts.map(([id]) => id).join(' + ')]);
  if (parts.length > 1) {
    const bytes = [...new TextEncoder().encode(unit.textContent)].map((byte) =>
      byte.toString(16).toUpperCase().padStart(2, '0'),
    );
    rows.push(['bytes', bytes.join(' ')], ['parts', parts.map(([, each]) => number(each)).join(' + ')]);
  }
  if (source !== undefined) rows.push(['source', source]);
  return rows.filter(([, text]) => text !== '');
}

/** The text of a unit in quotes, chips as their signs; nothing in it changes how the tooltip reads. */
function quoted(token: Element): string {
  let text = '';
  for (const node of token.childNodes) {
    const sign = node instanceof HTMLElement ? node.dataset['c'] : undefined;
    text += sign ?? node.textContent ?? '';
  }
  return JSON.stringify(text.toWellFormed()).replace(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, '');
}

/** One tooltip for all tokens: by pointer, by tap, and by arrow keys inside a focused line. Escape closes it. */
export function showTooltips(): void {
  const box = document.createElement('div');
  box.className = 'tip';
  box.id = 'tip';
  box.setAttribute('role', 'tooltip');
  box.hidden = true;
  const spoken = document.createElement('p');
  spoken.className = 'spoken';
  spoken.setAttribute('aria-live', 'polite');
  document.body.append(box, spoken);
  let shown: Element | undefined;
  let leaving = 0;

  const hide = (): void => {
    shown?.classList.remove('shown');
    shown?.removeAttribute('aria-describedby');
    shown = undefined;
    box.hidden = true;
    markActivation(0);
  };
  const show = async (unit: Element): Promise<void> => {
    clearTimeout(leaving);
    if (unit === shown) return;
    hide();
    const line = unit.closest<HTMLElement>('.ex p');
    shown = unit;
    const values = line && (await loadValues(line));
    const parts = line && values?.units[unitsOf(line).indexOf(unit)];
    // Another token may have been pointed at while the values came.
    if (!values || !parts || shown !== unit) return;
    unit.classList.add('shown');
    unit.setAttribute('aria-describedby', box.id);
    const name = document.createElement('bdi');
    name.textContent = quoted(unit);
    const list = document.createElement('dl');
    for (const [term, text] of sentences(unit, parts, values)) {
      const row = document.createElement('div');
      row.append(document.createElement('dt'), document.createElement('dd'));
      row.children[0]?.append(term);
      row.children[1]?.append(text);
      list.append(row);
    }
    box.replaceChildren(name, list);
    box.hidden = false;
    const at = unit.getClientRects()[0] ?? unit.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left), innerWidth - box.offsetWidth - 8);
    const above = at.bottom + box.offsetHeight + 8 > innerHeight;
    box.style.left = `${left + scrollX}px`;
    box.style.top = `${(above ? at.top - box.offsetHeight - 4 : at.bottom + 4) + scrollY}px`;
    markActivation(Math.max(...parts.map(([, each]) => each)));
  };

  document.addEventListener('pointerover', (event) => {
    const unit = unitAt(event.target);
    if (unit) void show(unit);
    else if ((event.target as Element).closest('.tip')) clearTimeout(leaving);
    else if (shown) {
      clearTimeout(leaving);
      leaving = setTimeout(hide, 150);
    }
  });
  document.addEventListener('click', (event) => {
    const unit = unitAt(event.target);
    if (unit) void show(unit);
    else if (!(event.target as Element).closest('.tip')) hide();
  });
  for (const line of document.querySelectorAll<HTMLElement>('.ex p')) line.tabIndex = 0;
  document.addEventListener('focusout', hide);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide();
    const line = document.activeElement;
    if (!line?.matches('.ex p')) return;
    const units = unitsOf(line);
    const at = shown ? units.indexOf(shown) : -1;
    const step = (forwards: number): number =>
      at < 0 ? (forwards > 0 ? 0 : units.length - 1) : at + forwards;
    const right = line.getAttribute('dir') === 'rtl' ? -1 : 1;
    const places: Record<string, number> = {
      ArrowRight: step(right),
      ArrowLeft: step(-right),
      Home: 0,
      End: units.length - 1,
    };
    const next = units[places[event.key] ?? -1];
    if (!next) return;
    event.preventDefault();
    // Who moves by keys may not see the tooltip.
    void show(next).then(() => (spoken.textContent = box.hidden ? '' : spokenText(box)));
  });
}

/** A tooltip as it is read out. */
const spokenText = (box: Element): string =>
  [...box.querySelectorAll('bdi, dl > div')]
    .map((each) => [...each.childNodes].map((part) => part.textContent).join(' '))
    .join('; ');
