import { escape, plain } from './escape.ts';
import { significant } from './number.ts';

/** A cycle to be drawn: its features in order, each with a short name, and a step from each to the next. */
export interface CycleGraph {
  /** What is drawn, for those who cannot see it. */
  label: string;
  nodes: { index: number; name: string; href: string }[];
  steps: { lift: number; holds: boolean | null }[];
}

const [WIDTH, RADIUS] = [320, 19];
/** A loop and a pair need less room than a ring. */
const heightOf = (count: number): number => (count === 1 ? 130 : count === 2 ? 110 : 190);

/** Draws a cycle as a ring; confirmed steps are solid and coloured, others dashed. */
export function cycleSvg({ label, nodes, steps }: CycleGraph): string {
  const places = nodes.map((_, i) => placeOf(i, nodes.length));
  const arrows = steps.map(({ lift, holds }, i) => {
    const from = places[i] ?? places[0]!;
    const to = places[(i + 1) % places.length] ?? from;
    const { path, head, text } = nodes.length === 1 ? loop(from) : arrow(from, to);
    return (
      `<g class="step${holds ? ' held' : ''}"><path d="${path}"/><path class=head d="${head}"/>` +
      `<text class=x x="${round(text[0])}" y="${round(text[1])}">${significant(lift, 2)}×</text></g>`
    );
  });
  const drawn = nodes.map(({ index, name, href }, i) => {
    const [x, y] = places[i]!;
    return (
      `<a href="${escape(href)}"><circle cx="${round(x)}" cy="${round(y)}" r=${RADIUS} /><text class=x x="${round(x)}" y="${round(y + 3.5)}">${index}</text>` +
      `<text class="x name" x="${round(x)}" y="${round(y + RADIUS + 13)}">${plain(name)}</text></a>`
    );
  });
  return `<svg class="hist cycle" viewBox="0 0 ${WIDTH} ${heightOf(nodes.length)}" role=group aria-label="${escape(label)}">${arrows.join('')}${drawn.join('')}</svg>`;
}

type Point = [number, number];
const round = (value: number): string => String(Math.round(value * 10) / 10);
const at = ([x, y]: Point): string => `${round(x)} ${round(y)}`;

function placeOf(i: number, count: number): Point {
  const middle: Point = [WIDTH / 2, heightOf(count) / 2 - 6];
  if (count === 1) return [middle[0], middle[1] + 30];
  // Two stand beside each other, more begin at the top.
  const angle = (2 * Math.PI * i) / count - (count === 2 ? Math.PI : Math.PI / 2);
  return [middle[0] + 100 * Math.cos(angle), middle[1] + (count === 2 ? 0 : 58) * Math.sin(angle)];
}

interface Arrow {
  path: string;
  head: string;
  text: Point;
}

/** A curve that bends to the left of its direction, from the rim of one node to that of another. */
function arrow(from: Point, to: Point): Arrow {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy);
  const bend: Point = [
    (from[0] + to[0]) / 2 + (dy / length) * length * 0.22,
    (from[1] + to[1]) / 2 - (dx / length) * length * 0.22,
  ];
  const start = rim(from, bend);
  const end = rim(to, bend, 5);
  return {
    path: `M${at(start)}Q${at(bend)} ${at(end)}`,
    head: headAt(end, rim(to, bend)),
    text: [
      0.25 * start[0] + 0.5 * bend[0] + 0.25 * end[0] + (dy / length) * 12,
      0.25 * start[1] + 0.5 * bend[1] + 0.25 * end[1] - (dx / length) * 12 + 3,
    ],
  };
}

/** A feature that leads to itself. */
function loop([x, y]: Point): Arrow {
  const top: Point = [x, y - RADIUS];
  const end: Point = [top[0] + 10, top[1] - 4];
  return {
    path: `M${at([top[0] - 8, top[1] + 2])}C${at([x - 60, y - 85])} ${at([x + 60, y - 85])} ${at(end)}`,
    head: headAt(end, [top[0] + 7, top[1] + 2]),
    text: [x, y - 78],
  };
}

/** The point of a node's rim, or `outside` it, that faces another point. */
function rim(node: Point, towards: Point, outside = 0): Point {
  const [dx, dy] = [towards[0] - node[0], towards[1] - node[1]];
  const part = (RADIUS + outside) / Math.hypot(dx, dy);
  return [node[0] + dx * part, node[1] + dy * part];
}

function headAt(from: Point, tip: Point): string {
  const [dx, dy] = [tip[0] - from[0], tip[1] - from[1]];
  const part = 4 / Math.hypot(dx, dy);
  const side: Point = [-dy * part, dx * part];
  return `M${at(tip)}L${at([from[0] + side[0] - dx * 0.4, from[1] + side[1] - dy * 0.4])}L${at([from[0] - side[0] - dx * 0.4, from[1] - side[1] - dy * 0.4])}z`;
}
