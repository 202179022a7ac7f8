/** The histogram of activations of a page, and where its axis stands in the picture's own units. */
function chartOf(): { chart: SVGSVGElement; left: number; width: number; base: number } | undefined {
  const chart = document.querySelector<SVGSVGElement>('#activations svg');
  const frame = chart?.querySelector<SVGPathElement>('.base')?.getBBox();
  if (!chart || !frame) return undefined;
  return { chart, left: frame.x, width: frame.width - 1, base: frame.y };
}

/** Draws a shape over the histogram, in place of the one of the same name. @param path from places of activations */
function draw(name: string, path: (x: (activation: number) => number, base: number) => string): void {
  const found = chartOf();
  const largest = Number(document.querySelector<HTMLElement>('.cols')?.dataset['max']);
  clearMark(name);
  if (!found || !(largest > 0)) return;
  const { chart, left, width, base } = found;
  const shape = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  shape.setAttribute('class', name);
  shape.setAttribute(
    'd',
    path((activation) => left + Math.min(1, Math.max(0, activation / largest)) * width, base),
  );
  chart.append(shape);
}

function clearMark(name: string): void {
  document.querySelector(`#activations .${name.split(' ')[0]}`)?.remove();
}

/** A line on the histogram of activations, where a token stands; none for a token that is not active. */
export function markActivation(activation: number): void {
  if (activation > 0) draw('now mark', (x, base) => `M${x(activation)} ${base}V0`);
  else clearMark('now');
}

/** A band over the range of a group of examples, as its heading says it; none without a group. */
export function markGroup(group: Element | null | undefined): void {
  // "0.0321 to 1.5e−5 · 12 tokens": the minus sign of an exponent is a true one.
  const [from = NaN, to = NaN] = (group?.querySelector('small')?.textContent ?? '')
    .replaceAll('\u2212', '-')
    .split(' ', 3)
    .filter((word) => word !== 'to')
    .map(Number);
  if (from <= to) draw('range', (x, base) => `M${x(from)} ${base}V0H${x(to)}V${base}Z`);
  else clearMark('range');
}
