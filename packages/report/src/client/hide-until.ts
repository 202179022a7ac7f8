/** Milliseconds after which all is seen: a slow line is no reason to show nothing. */
const LONGEST = 5000;

/**
 * Hides what would move when something that is still loading comes, or fails to: it is first seen where it stays.
 *
 * @param how class of the page whose rules say what is hidden
 */
export function hideUntil(ready: Promise<unknown>, how = 'waits'): void {
  const { classList } = document.documentElement;
  const show = (): void => classList.remove(how);
  classList.add(how);
  void ready.finally(show);
  setTimeout(show, LONGEST);
}
