import { addFar, canShade, removeFar } from './far.ts';
import { hideUntil } from './hide-until.ts';
import { keep, kept } from './kept.ts';
import { GROUPS } from './lines.ts';
import { say } from './status.ts';
import { addTool } from './tool.ts';
import { loadValues } from './values.ts';

/** Milliseconds. */
const PATIENCE = 1000;

/** Adds buttons that show all that the records have around each line, and lines of the text as lines; choices are kept. */
export function offerViews(): void {
  const page = document.querySelector<HTMLElement>('[data-values]');
  if (!page || !document.querySelector(GROUPS)) return;
  offerContext(page);
  const broken = kept('breaks') === 'yes';
  page.classList.toggle('breaks', broken);
  addTool(
    'Line breaks',
    (on) => {
      page.classList.toggle('breaks', on);
      keep('breaks', on ? 'yes' : 'no');
      changed();
    },
    broken,
  );
}

/** Whoever aligns lines does it again where their text changes. */
const changed = (): boolean => dispatchEvent(new Event('resize'));

function offerContext(page: HTMLElement): void {
  let asked = 0;
  const narrow = (): void => {
    asked++;
    removeFar();
    changed();
  };
  const widen = async (which: string, inRow = false): Promise<void> => {
    narrow();
    const mine = asked;
    try {
      const lines = [...page.querySelectorAll<HTMLElement>(`${which} li p`)];
      const values = await Promise.all(lines.map(loadValues));
      // It may have been turned off while the values came.
      if (mine !== asked) return;
      addFar(lines, values, inRow);
      changed();
    } catch {
      button.ariaPressed = 'false';
      say('the file of values of this page did not load');
    }
  };
  const chosen = kept('context');
  const start = chosen === undefined ? unasked(page) : chosen === 'yes' ? 'all' : undefined;
  const button = addTool(
    'More context',
    (on) => {
      keep('context', on ? 'yes' : 'no');
      if (on) void widen('.grp');
      else narrow();
    },
    start === 'all',
  );
  if (!start) return;
  const wide = widen(start === 'all' ? '.grp' : '#top', !chosen);
  // Lines that were asked for may take more rows, and move all below them.
  if (chosen) hideUntil(wide, 'waits-all');
  else hideUntil(Promise.race([wide, late(() => asked++)]));
}

/** Ends when nobody waits any longer for text that nobody asked for. */
const late = (give: () => void): Promise<void> =>
  new Promise((resolve) =>
    setTimeout(() => {
      give();
      resolve();
    }, PATIENCE),
  );

/** Which lines the page shows wide unless told otherwise, where they fit the room: all, or those of the group at the top. */
function unasked(page: HTMLElement): string | undefined {
  const [which, columns] = page.dataset['wide']?.split(' ') ?? [];
  const item = page.querySelector<HTMLElement>('.grp li');
  const text = item?.querySelector('p');
  if (!text || !canShade) return undefined;
  const widths = getComputedStyle(item!).gridTemplateColumns.split(' ');
  // On a narrow screen the text has a row of its own.
  const room = widths.length > 3 ? parseFloat(widths[2]!) : item!.clientWidth;
  // A letter of a fixed-width face is six tenths of its size wide.
  return Number(columns) * 0.6 * parseFloat(getComputedStyle(text).fontSize) <= room ? which : undefined;
}
