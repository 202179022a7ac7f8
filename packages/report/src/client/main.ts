import { offerAlignment } from './align.ts';
import { followKeys } from './keys.ts';
import { showTheme } from './theme-button.ts';
import { showTooltips } from './tooltip.ts';

showTheme();
offerAlignment();
showTooltips();
followKeys();
