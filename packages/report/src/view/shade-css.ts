import { SHADES, tokenElement } from './shade.ts';

const LEVELS = Array.from({ length: SHADES }, (_, i) => i + 1);
const STEPS = [0, 1, 2, 3, -1, -2, -3];

/** Selector of all token elements of some levels and steps. */
const tokens = (levels: readonly number[], steps: readonly number[]): string =>
  `:is(${levels.flatMap((level) => steps.map((step) => tokenElement(level, step))).join()})`;

const highlight = (level: number): string => `::highlight(${tokenElement(level).charAt(0)})`;

/** Background of a shade; the colours are in style/tokens.css, for both themes. */
export const shadeColor = (level: number): string =>
  level === SHADES
    ? 'var(--active)'
    : `color-mix(in oklab,var(--active) ${(100 * level) / SHADES}%,var(--ground))`;

/**
 * Style of the token elements: a background for every shade; underlines for effects, solid where the feature helped,
 * dotted where it hurt, the thicker the more. The sign is also said aloud.
 */
export function shadeCss(): string {
  const effects = (...steps: number[]): string => tokens([0, ...LEVELS], steps);
  return [
    ...LEVELS.map((level) => `${tokens([level], STEPS)}{background:${shadeColor(level)}}`),
    `${effects(1, 2, 3)}{text-decoration:underline 1px var(--plus)}`,
    `${effects(-1, -2, -3)}{text-decoration:underline dotted 1px var(--minus)}`,
    `${effects(1, 2, 3, -1, -2, -3)}{text-underline-offset:.3em;text-decoration-skip-ink:none}`,
    `${effects(2, -2)}{text-decoration-thickness:2px}`,
    `${effects(3, -3)}{text-decoration-thickness:3px}`,
    `.ex ${effects(1, 2, 3)}::after{content:''/' (helped)'}`,
    `.ex ${effects(-1, -2, -3)}::after{content:''/' (hurt)'}`,
    // The frame is said too.
    `.ex p>b::before{content:''/'(framed) '}`,
    // Text around lines that scripts add is shaded without elements (client/far.ts).
    ...LEVELS.map((level) => `${highlight(level)}{background-color:${shadeColor(level)}}`),
    `@media (forced-colors:active){${tokens(LEVELS, STEPS)}{background:Mark;color:MarkText;forced-color-adjust:none}}`,
  ].join('\n');
}
