/** Makes the tokens of the text one stop of the tab key; arrows go from one to the next. */
export function rove(units: readonly HTMLElement[], rightToLeft: boolean): void {
  units.forEach((unit, i) => (unit.tabIndex = i === 0 ? 0 : -1));
  const text = units[0]?.closest('.whole');
  text?.setAttribute('role', 'group');
  text?.setAttribute('aria-label', 'The text; arrows go from token to token');
  text?.addEventListener('keydown', (event) => {
    const { key } = event as KeyboardEvent;
    const at = units.indexOf(document.activeElement as HTMLElement);
    const right = rightToLeft ? -1 : 1;
    const to: Record<string, number> = {
      ArrowRight: at + right,
      ArrowLeft: at - right,
      Home: 0,
      End: units.length - 1,
    };
    const next = at < 0 ? undefined : units[to[key] ?? -1];
    if (!next) return;
    event.preventDefault();
    for (const unit of units) unit.tabIndex = unit === next ? 0 : -1;
    next.focus();
  });
}
