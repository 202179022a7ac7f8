/** Keys: j and k for the next and the previous page, t for the theme, / for the filter of a list. */
export function followKeys(): void {
  document.addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest('input, select, textarea')) return;
    const pressed: Record<string, string> = {
      j: 'a[rel=next]',
      k: 'a[rel=prev]',
      t: 'button.theme',
      '/': '.tools input',
    };
    const selector = pressed[event.key];
    const found = selector && document.querySelector<HTMLElement>(selector);
    if (!found) return;
    event.preventDefault();
    if (event.key === '/') found.focus();
    else found.click();
  });
}
