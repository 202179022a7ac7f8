/**
 * Hides what would move when something that is still loading comes, or fails to: it is first seen where it stays.
 *
 * @param how class of the page whose rules say what is hidden
 */
export function hideUntil(ready: Promise<unknown>, how = 'waits'): void {
  const { classList } = document.documentElement;
  classList.add(how);
  void ready.finally(() => classList.remove(how));
}
