import { keep, kept } from './kept.ts';

let on = kept('keys') !== 'off';

/** Whether keys do anything by themselves: who dictates, or presses keys by accident, can turn that off. */
export const keysAreOn = (): boolean => on;

/** Turns keys on or off, and keeps that. */
export function turnKeys(wanted: boolean): void {
  on = wanted;
  keep('keys', on ? 'on' : 'off');
}

/** Whether a key is pressed for the page, and not to write something or together with others. */
export function isForPage(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  return (
    on &&
    !(event.ctrlKey || event.metaKey || event.altKey) &&
    !target.closest('input, select, textarea, canvas, dialog')
  );
}
