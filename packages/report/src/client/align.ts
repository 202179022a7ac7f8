import { keep, kept } from './kept.ts';
import { GROUPS } from './lines.ts';
import { addTool } from './tool.ts';

/** Adds a button that moves every line so that the framed tokens stand in one column; the choice is kept. */
export function offerAlignment(): void {
  const lines = [...document.querySelectorAll<HTMLElement>('.cols .grp li p')];
  if (!document.querySelector(GROUPS)) return;
  const wide = matchMedia('(min-width: 40.01rem)');
  let aligned = kept('align') !== 'no';
  const draw = (): void => {
    for (const line of lines) line.style.textIndent = line.style.marginLeft = '';
    if (aligned && wide.matches) align(lines);
  };
  addTool(
    'Aligned',
    (on) => {
      aligned = on;
      keep('align', on ? 'yes' : 'no');
      draw();
    },
    aligned,
  ).classList.add('align');
  wide.addEventListener('change', draw);
  addEventListener('resize', draw);
  draw();
}

function align(lines: readonly HTMLElement[]): void {
  const measured = lines.map((line) => {
    const range = document.createRange();
    range.selectNodeContents(line);
    const box = line.getBoundingClientRect();
    const centre = line.querySelector('b')?.getBoundingClientRect();
    // A line from right to left is as wide as its text; the third column of its grid is what it may take.
    const width =
      line.dir === 'rtl'
        ? parseFloat(getComputedStyle(line.parentElement!).gridTemplateColumns.split(' ')[2] ?? '')
        : box.width;
    const oneRow = range.getBoundingClientRect().height < 2 * parseFloat(getComputedStyle(line).lineHeight);
    return {
      line,
      before: centre && oneRow ? centre.left - box.left : undefined,
      width,
      room: width - range.getBoundingClientRect().width,
    };
  });
  // No further than the middle: a few long beginnings should not push all lines to the right.
  const middle = Math.max(...measured.map(({ width }) => width)) / 2;
  const target = Math.min(middle, Math.max(...measured.map(({ before }) => before ?? 0)));
  for (const { line, before, room } of measured) {
    if (before === undefined) continue;
    const shift = `${Math.max(0, Math.min(target - before, room - 1))}px`;
    // An indent would stand at the right of a line from right to left.
    line.style[line.dir === 'rtl' ? 'marginLeft' : 'textIndent'] = shift;
  }
}
