import { kept } from './kept.ts';

// Runs before the page is painted, so that a chosen theme never flashes the other one.
const chosen = kept('theme');
if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset['theme'] = chosen;
