// Runs before the page is painted, so that a chosen theme never flashes the other one.
try {
  const chosen = localStorage.getItem('monosema-theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset['theme'] = chosen;
} catch {
  // Storage may be forbidden; the system's theme holds.
}
