import { offerAlignment } from './align.ts';
import { followHistogram } from './histogram-jump.ts';
import { followKeys } from './keys.ts';
import { followLines } from './lines.ts';
import { offerPrompt } from './prompt.ts';
import { showTheme } from './theme-button.ts';
import { showTooltips } from './tooltip.ts';
import { offerViews } from './views.ts';

showTheme();
offerAlignment();
offerViews();
offerPrompt();
showTooltips();
followKeys();
followLines();
followHistogram();
