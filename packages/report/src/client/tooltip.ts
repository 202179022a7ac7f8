interface TokenValues {
  ids: string[];
  activations: number[];
  changes: (number | null)[];
}

/** Values of a token element, from the attribute of its line. */
function valuesOf(token: Element): TokenValues | undefined {
  const line = token.closest<HTMLElement>('.tk');
  const index = line ? [...line.querySelectorAll(':scope > b')].indexOf(token) : -1;
  const part = line?.dataset['v']?.split(' ')[index];
  if (!part) return undefined;
  const [ids = '', activations = '', changes = ''] = part.split(':');
  return {
    ids: ids.split('+'),
    activations: activations.split('+').map(Number),
    changes: changes.split('+').map((change) => (change === '' ? null : Number(change))),
  };
}

const number = (value: number): string => String(Number(value.toPrecision(3))).replace('-', '\u2212');

function sentences(token: Element, { ids, activations, changes }: TokenValues): [string, string][] {
  const largest = Number(token.closest<HTMLElement>('[data-max]')?.dataset['max']);
  const activation = Math.max(...activations);
  const known = changes.filter((change) => change !== null);
  const change = known.reduce((sum, each) => sum + each, 0);
  const rows: [string, string][] = [
    [
      'activation',
      activation > 0
        ? `${number(activation)} (${Math.round((activation / largest) * 100)}\u202f% of the largest)`
        : 'not active here',
    ],
    [
      'effect',
      known.length === 0
        ? 'not active on the token before'
        : `removing it there changes the loss by ${change > 0 ? '+' : ''}${number(change)} nats: it ${change > 0 ? 'helped' : change < 0 ? 'hurt' : 'did nothing'}`,
    ],
    [ids.length > 1 ? 'tokens' : 'token', ids.join(' + ')],
  ];
  if (ids.length > 1) {
    const bytes = [...new TextEncoder().encode(token.textContent)].map((byte) =>
      byte.toString(16).toUpperCase().padStart(2, '0'),
    );
    rows.push(['bytes', bytes.join(' ')], ['parts', activations.map(number).join(' + ')]);
  }
  return rows;
}

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
  document.body.append(box);
  let shown: Element | undefined;
  let leaving = 0;

  const hide = (): void => {
    shown?.classList.remove('shown');
    shown?.removeAttribute('aria-describedby');
    shown = undefined;
    box.hidden = true;
  };
  const show = (token: Element): void => {
    clearTimeout(leaving);
    const values = token === shown ? undefined : valuesOf(token);
    if (!values) return;
    hide();
    shown = token;
    token.classList.add('shown');
    token.setAttribute('aria-describedby', box.id);
    const name = document.createElement('bdi');
    name.textContent = quoted(token);
    const list = document.createElement('dl');
    for (const [term, text] of sentences(token, values)) {
      const row = document.createElement('div');
      row.append(document.createElement('dt'), document.createElement('dd'));
      row.children[0]?.append(term);
      row.children[1]?.append(text);
      list.append(row);
    }
    box.replaceChildren(name, list);
    box.hidden = false;
    const at = token.getClientRects()[0] ?? token.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left), innerWidth - box.offsetWidth - 8);
    const above = at.bottom + box.offsetHeight + 8 > innerHeight;
    box.style.left = `${left + scrollX}px`;
    box.style.top = `${(above ? at.top - box.offsetHeight - 4 : at.bottom + 4) + scrollY}px`;
  };
  const tokenAt = (event: Event): Element | null => (event.target as Element).closest('.tk > b');

  document.addEventListener('pointerover', (event) => {
    const token = tokenAt(event);
    if (token) show(token);
    else if ((event.target as Element).closest('.tip')) clearTimeout(leaving);
    else if (shown) {
      clearTimeout(leaving);
      leaving = setTimeout(hide, 150);
    }
  });
  document.addEventListener('click', (event) => {
    const token = tokenAt(event);
    if (token) show(token);
    else if (!(event.target as Element).closest('.tip')) hide();
  });
  for (const line of document.querySelectorAll<HTMLElement>('.tk')) line.tabIndex = 0;
  document.addEventListener('focusout', hide);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide();
    const line = document.activeElement;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !line?.matches('.tk')) return;
    const tokens = [...line.querySelectorAll(':scope > b')];
    const at = shown ? tokens.indexOf(shown) : -1;
    const forwards = line.getAttribute('dir') === 'rtl' ? -step : step;
    const next = tokens[at < 0 ? (forwards > 0 ? 0 : tokens.length - 1) : at + forwards];
    if (!next) return;
    event.preventDefault();
    show(next);
  });
}
