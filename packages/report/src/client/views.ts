import { GROUPS } from './lines.ts';
import { say } from './status.ts';
import { addTool } from './tool.ts';
import { loadValues } from './values.ts';

/** Adds buttons that show all that the records have around each line, and lines of the text as lines. */
export function offerViews(): void {
  const page = document.querySelector('[data-values]');
  if (!page || !document.querySelector(GROUPS)) return;
  // Whoever aligns lines does it again where their text changes.
  const changed = (): boolean => dispatchEvent(new Event('resize'));
  const wider = addTool('More context', (on) => void (on ? widen() : narrow()), false);
  const narrow = (): void => {
    for (const far of page.querySelectorAll('.far')) far.remove();
    changed();
  };
  const widen = async (): Promise<void> => {
    try {
      const lines = [...page.querySelectorAll<HTMLElement>('.grp li p')];
      const values = await Promise.all(lines.map(loadValues));
      // It may have been turned off while the values came.
      if (wider.ariaPressed !== 'true' || page.querySelector('.far')) return;
      for (const [i, line] of lines.entries()) {
        const [before, after] = [values[i]?.before, values[i]?.after].map((html = '') => {
          const far = document.createElement('span');
          far.className = 'far';
          far.innerHTML = html;
          return far;
        });
        line.prepend(before!);
        line.append(after!);
      }
      changed();
    } catch {
      wider.ariaPressed = 'false';
      say('the file of values of this page did not load');
    }
  };
  addTool(
    'Line breaks',
    (on) => {
      page.classList.toggle('breaks', on);
      changed();
    },
    false,
  );
}
