import { keep } from './kept.ts';

/** Shows the button that switches between light and dark, and keeps the choice. */
export function showTheme(): void {
  const button = document.querySelector<HTMLButtonElement>('button.theme');
  if (!button) return;
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const dark = (): boolean => (root.dataset['theme'] ?? (system.matches ? 'dark' : 'light')) === 'dark';
  const say = (): void => {
    button.textContent = dark() ? 'Light' : 'Dark';
    button.setAttribute('aria-label', dark() ? 'Light theme' : 'Dark theme');
  };
  button.addEventListener('click', () => {
    const chosen = dark() ? 'light' : 'dark';
    root.dataset['theme'] = chosen;
    keep('theme', chosen);
    say();
  });
  system.addEventListener('change', say);
  say();
  button.hidden = false;
}
