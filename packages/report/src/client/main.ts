import { offerAlignment } from './align.ts';
import { followHistogram } from './histogram-jump.ts';
import { followKeys } from './keys.ts';
import { followLines } from './lines.ts';
import { showTheme } from './theme-button.ts';
import { showTooltips } from './tooltip.ts';

showTheme();
offerAlignment();
showTooltips();
followKeys();
followLines();
followHistogram();
