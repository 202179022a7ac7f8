const KEY = 'monosema-align';

/** Adds a button that moves every line so that the framed tokens stand in one column; the choice is kept. */
export function offerAlignment(): void {
  const heading = document.querySelector('.lead > h2');
  const lines = [...document.querySelectorAll<HTMLElement>('.grp p:not([dir=rtl], .none)')];
  if (!heading || lines.length === 0) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'tool align';
  button.textContent = 'Align on the framed token';
  heading.after(button);
  const wide = matchMedia('(min-width: 40.01rem)');
  let aligned = true;
  try {
    aligned = localStorage.getItem(KEY) !== 'no';
  } catch {
    // Storage may be forbidden; lines then start aligned.
  }
  const draw = (): void => {
    button.setAttribute('aria-pressed', String(aligned));
    for (const line of lines) line.style.textIndent = '';
    if (aligned && wide.matches) align(lines);
  };
  button.addEventListener('click', () => {
    aligned = !aligned;
    try {
      localStorage.setItem(KEY, aligned ? 'yes' : 'no');
    } catch {
      // As above; the choice lasts for this page.
    }
    draw();
  });
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
    const oneRow = range.getBoundingClientRect().height < 2 * parseFloat(getComputedStyle(line).lineHeight);
    return {
      line,
      before: centre && oneRow ? centre.left - box.left : undefined,
      width: box.width,
      room: box.width - range.getBoundingClientRect().width,
    };
  });
  // No further than the middle: a few long beginnings should not push all lines to the right.
  const middle = Math.max(...measured.map(({ width }) => width)) / 2;
  const target = Math.min(middle, Math.max(...measured.map(({ before }) => before ?? 0)));
  for (const { line, before, room } of measured) {
    if (before !== undefined) line.style.textIndent = `${Math.max(0, Math.min(target - before, room - 1))}px`;
  }
}
