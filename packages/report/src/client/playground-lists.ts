import type { Active, Likely } from '@monosema/trainer/browser';
import { percent, significant } from '../view/number.ts';
import { chip } from './playground-tokens.ts';
import type { Store } from './store.ts';

/** Features of a list at most: what is weaker says little of a text. */
export const LISTED = 12;

/** What a list of features lets one do with each. */
export interface FeatureActions {
  shade(feature: number): void;
  pin(feature: number): void;
}

/**
 * Lists features with their strongest activation, what they fire on, and their explanation.
 *
 * @param largest by feature, that the analysis saw
 * @returns a function that marks what is shaded and what is pinned
 */
export async function showFeatures(
  list: HTMLElement,
  id: string,
  active: readonly Active[],
  largest: Float32Array,
  store: Store,
  actions: FeatureActions,
): Promise<void> {
  const items: HTMLElement[] = [];
  for (const { feature, activation } of active.slice(0, LISTED)) {
    const item = document.createElement('li');
    const most = largest[feature] ?? 0;
    const share = most > 0 ? activation / most : null;
    item.dataset['feature'] = String(feature);
    item.innerHTML =
      `<a class=f href="${id}/${feature}.html">${id}·${feature}</a>` +
      `<small class=amount>${significant(activation)}${share === null ? '' : `, ${percent(share)} of its largest`}</small>` +
      `<span class=label>${await labelOf(store, feature)}</span>` +
      `<button type=button data-does=shade aria-label="Shade the text by feature ${feature}">shade</button>` +
      `<button type=button data-does=pin aria-label="Hold feature ${feature}"${most > 0 ? '' : ' disabled'}>hold</button>`;
    item.querySelector('[data-does=shade]')!.addEventListener('click', () => actions.shade(feature));
    item.querySelector('[data-does=pin]')!.addEventListener('click', () => actions.pin(feature));
    items.push(item);
  }
  list.replaceChildren(...items);
  if (items.length === 0) list.innerHTML = '<li class=none>No feature is active here.</li>';
}

/** What a feature fires on and its explanation, as HTML. */
export async function labelOf(store: Store, feature: number): Promise<string> {
  const { rows, at } = await store.row(feature);
  const chips = (rows.on[at] ?? []).slice(0, 3).map((number) => `<b>${rows.chips[number] ?? ''}</b>`);
  const explanation = rows.explanations[at] ?? '';
  return (
    (chips.length > 0 ? `<span class=on>${chips.join('')}</span> ` : '<span class=none>never fired</span>') +
    (explanation === '' ? '' : `<span class=why>${explanation}</span>`)
  );
}

/** Shows the likeliest next tokens as rows of a table. */
export function showNext(
  body: HTMLElement,
  likely: readonly Likely[],
  spell: (token: number) => Uint8Array | null,
): void {
  const most = likely[0]?.probability ?? 1;
  body.innerHTML = likely
    .map(({ token, probability }) => {
      const bytes = spell(token);
      const name = bytes === null ? '<b><bdi class=x data-c="end of text"></bdi></b>' : chip(bytes);
      return `<tr><th scope=row><span class=on>${name}</span><td>${percent(probability)}<td><i class=part></i>`;
    })
    .join('');
  // Styles in markup are against the site's policy.
  body
    .querySelectorAll<HTMLElement>('.part')
    .forEach((bar, i) => (bar.style.inlineSize = `${(100 * likely[i]!.probability) / most}%`));
}

/** The strongest activation of every feature that is active on any token, the strongest first. */
export function strongest(active: readonly (readonly Active[])[]): Active[] {
  const found = new Map<number, number>();
  for (const list of active)
    for (const { feature, activation } of list)
      found.set(feature, Math.max(activation, found.get(feature) ?? 0));
  return Array.from(found, ([feature, activation]) => ({ feature, activation })).sort(
    (a, b) => b.activation - a.activation || a.feature - b.feature,
  );
}
