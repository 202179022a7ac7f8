import { direction, letterCounts } from '../view/direction.ts';
import { shade } from '../view/shade.ts';
import { bytesText, shownHtml } from '../view/token-html.ts';
import { concat, unitEnd } from '../view/utf8.ts';
import { rove } from './rove.ts';

/** Tokens that are shown as one: usually one, several where only together they are a character. */
interface Shown {
  readonly from: number;
  readonly to: number;
  readonly element: HTMLElement;
}

/** A text as its tokens, of which one can be chosen. */
export interface TokenLine {
  /** Shades tokens by an activation each, of which the largest known is given. */
  shadeBy(activations: readonly number[], largest: number): void;
  /** Marks the token that is chosen; none for null. */
  mark(position: number | null): void;
}

/** HTML of a token by itself, in a list or a table. */
export function chip(bytes: Uint8Array): string {
  return `<b>${shownHtml(bytes, 'alone')}</b>`;
}

/**
 * Shows tokens in the place of what a container has.
 *
 * @param spell bytes of a token; null for the one that begins a document
 * @param choose told the position of a token that is pressed
 */
export function showTokens(
  container: HTMLElement,
  tokens: readonly number[],
  spell: (token: number) => Uint8Array | null,
  choose: (position: number) => void,
): TokenLine {
  const bytes = tokens.map(spell);
  const units: Shown[] = [];
  for (let from = 0; from < tokens.length;) {
    const to = bytes[from] === null ? from + 1 : unitEnd((at) => bytes[at] ?? undefined, from);
    const joined = concat(bytes.slice(from, to).map((each) => each ?? new Uint8Array()));
    const element = document.createElement('span');
    element.setAttribute('role', 'button');
    element.innerHTML = bytes[from] === null ? '<bdi class=x data-c="start of text"></bdi>' : running(joined);
    const name = bytes[from] === null ? 'start of text' : unseenName(joined);
    if (name !== null) element.setAttribute('aria-label', name);
    element.addEventListener('click', () => choose(to - 1));
    units.push({ from, to, element });
    from = to;
  }
  const line = document.createElement('p');
  line.className = 'tk';
  const text = new TextDecoder().decode(concat(bytes.filter((each) => each !== null)));
  const rightToLeft = direction([letterCounts(text)]) === 'rtl';
  if (rightToLeft) line.dir = 'rtl';
  line.append(...units.map(({ element }) => element));
  const whole = document.createElement('div');
  whole.className = 'whole';
  whole.innerHTML = '<div class=ex lang=""></div>';
  whole.firstElementChild!.append(line);
  container.replaceChildren(whole);
  rove(
    units.map(({ element }) => element),
    rightToLeft,
  );
  whole.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    const unit = units.find(({ element }) => element === document.activeElement);
    if (!unit) return;
    event.preventDefault();
    choose(unit.to - 1);
  });
  return {
    shadeBy(activations, largest) {
      for (const { from, to, element } of units)
        element.dataset['shade'] = String(shade(Math.max(...activations.slice(from, to)), largest));
    },
    mark(position) {
      for (const { from, to, element } of units)
        element.setAttribute('aria-pressed', String(position !== null && from <= position && position < to));
    },
  };
}

/** What to call a token that has nothing to be read out, or signs in its place; null where its text does. */
function unseenName(bytes: Uint8Array): string | null {
  const text = new TextDecoder().decode(bytes);
  if (/^\s*$/.test(text)) return text.includes('\n') ? 'line break' : 'space';
  const said = bytesText(bytes);
  return said === text ? null : said;
}

function running(bytes: Uint8Array): string {
  const blank = /^\s+$/.test(new TextDecoder().decode(bytes));
  return shownHtml(bytes, blank ? 'alone' : 'running');
}
