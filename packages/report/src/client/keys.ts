import { GROUPS, lineAddress } from './lines.ts';
import { isForPage, keysAreOn, turnKeys } from './single-keys.ts';
import { copy, say } from './status.ts';

/** What the help says; on other pages than a feature's some do nothing. */
const HELP = [
  ['/', 'search a list'],
  ['j  k', 'the next feature, the one before'],
  ['g', 'a feature by its number, then Enter'],
  [']  [', 'weaker examples, stronger ones'],
  ['c', 'copy the address of this page, or of the focused line'],
  ['t', 'light or dark'],
  ['?', 'this help'],
  ['← →', 'in a focused line: from token to token; Home and End to its ends'],
  ['Esc', 'close what is open'],
] as const;

const MOST_DIGITS = 7;

/** Keys that go somewhere or do something by themselves, and a dialog that tells them and turns them off. */
export function followKeys(): void {
  let help: HTMLDialogElement | undefined;
  const open = (): void => (help ??= makeHelp()).showModal();
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'theme open-keys';
  button.textContent = 'Keys';
  button.addEventListener('click', open);
  document.querySelector('.bar')?.append(button);
  let number: string | undefined;
  const press = (selector: string): boolean => {
    const found = document.querySelector<HTMLElement>(selector);
    found?.click();
    return found !== null;
  };
  const actions: Record<string, () => unknown> = {
    j: () => press('a[rel=next]'),
    k: () => press('a[rel=prev]'),
    t: () => press('button.theme'),
    '?': open,
    '[': () => goToGroup(-1),
    ']': () => goToGroup(1),
    '/': () => {
      const search = document.querySelector<HTMLElement>('.tools input');
      search?.focus();
      return search !== null;
    },
    c: () => {
      const address = new URL(lineAddress(document.activeElement) ?? location.href, location.href).href;
      copy(address, 'address copied', address);
    },
    g: () => {
      if (featureCount() === undefined) return false;
      number = '';
      say('go to feature …');
      return true;
    },
  };
  document.addEventListener('keydown', (event) => {
    if (!isForPage(event)) return;
    if (number !== undefined) {
      if (/^\d$/.test(event.key) && number.length < MOST_DIGITS) {
        number += event.key;
        say(`go to feature ${number}`);
        return;
      }
      const wanted = number;
      number = undefined;
      say('');
      if (event.key === 'Enter' && wanted !== '') {
        event.preventDefault();
        const count = featureCount() ?? 0;
        if (Number(wanted) < count) location.href = `${Number(wanted)}.html`;
        else say(`there is no feature ${wanted}: the last is ${count - 1}`);
      }
      return;
    }
    const action = actions[event.key];
    if (action && action() !== false) event.preventDefault();
  });
}

/** Features of the dictionary that a page belongs to. */
function featureCount(): number | undefined {
  const given = document.querySelector<HTMLElement>('[data-features]')?.dataset['features'];
  return given === undefined ? undefined : Number(given);
}

/** Goes to the next group of examples or the one before. */
function goToGroup(step: 1 | -1): boolean {
  const groups = [...document.querySelectorAll<HTMLElement>(GROUPS)];
  if (groups.length === 0) return false;
  const passed = groups.filter((group) => group.getBoundingClientRect().top < 40).length;
  // Where one stands in the middle of a group, the one before begins with that group's own head.
  const next = groups[step > 0 ? passed : Math.max(0, passed - 2)];
  if (!next) return true;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView();
  return true;
}

function makeHelp(): HTMLDialogElement {
  const dialog = document.createElement('dialog');
  dialog.className = 'help';
  dialog.setAttribute('aria-labelledby', 'keys');
  dialog.innerHTML =
    `<h2 id=keys>Keys</h2><dl>${HELP.map(([key, what]) => `<div><dt>${key}</dt><dd>${what}</dd></div>`).join('')}</dl>` +
    '<p><label><input type=checkbox> letters and signs do this</label></p><form method=dialog><button>Close</button></form>';
  const box = dialog.querySelector('input')!;
  box.checked = keysAreOn();
  box.addEventListener('change', () => turnKeys(box.checked));
  // The policy of the page forbids forms to go anywhere, a dialog's too.
  dialog.querySelector('form')!.addEventListener('submit', (event) => {
    event.preventDefault();
    dialog.close();
  });
  document.body.append(dialog);
  return dialog;
}
