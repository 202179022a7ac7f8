import type { MapView } from './browse-state.ts';
import type { MapPoints } from './map-points.ts';

/** Points drawn at once, the most important first: enlarging the map shows the others. */
const MOST = 20_000;
/** Points drawn as discs; more are drawn as squares, which takes a fraction of the time. */
const DISCS = 8000;
const LABELS = 28;

/** A feature of another dictionary: which of those beside, and which of its features. */
export interface MapPlace {
  layer: number;
  index: number;
}

/** What is drawn, and how its parts stand out. */
export interface MapScene {
  view: MapView;
  /** 1 for each feature that the list has; undefined when it has all. */
  marks: Uint8Array | undefined;
  /** Ringed: the feature pointed at and the chosen one; -1 for none. */
  pointed: number;
  chosen: number;
  /** Features of other dictionaries, drawn small. */
  beside: readonly Pick<MapPoints, 'x' | 'y' | 'nearest'>[];
  /** The one of them that is pointed at, ringed too. */
  other: MapPlace | undefined;
  /** What a feature fires on, in a few characters; empty where it is not known yet. */
  label: (index: number) => string;
}

/** Pixels of a canvas for the side of the map, not enlarged: a little less than there is. */
export function sideOf({ clientWidth, clientHeight }: HTMLCanvasElement): number {
  return Math.min(clientWidth, clientHeight) * 0.94;
}

/** Draws the map. The colours are those that the style sheet gives the canvas. */
export function drawMap(canvas: HTMLCanvasElement, points: MapPoints, scene: MapScene): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = canvas.getContext('2d');
  if (!context || width === 0) return;
  const scale = devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  context.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const [accent, quiet, text] = [style.color, style.textDecorationColor, style.caretColor];
  const side = sideOf(canvas) * scene.view.zoom;
  const { columns } = points;
  const project = (x: number, y: number): [number, number] => [
    (x - scene.view.x) * side + width / 2,
    (y - scene.view.y) * side + height / 2,
  ];
  const at = (index: number): [number, number] => project(points.x[index]!, points.y[index]!);

  const shown: number[] = [];
  const faded: number[] = [];
  for (const index of points.ranked) {
    const [x, y] = at(index);
    if (x < -4 || y < -4 || x > width + 4 || y > height + 4) continue;
    (!scene.marks || scene.marks[index] ? shown : faded).push(index);
    if (shown.length + faded.length >= MOST) break;
  }
  // The fewer there are, the larger each may be.
  const radiusOf = (count: number): number =>
    Math.min(3.5, Math.max(0.7, 0.28 * Math.sqrt((width * height) / Math.max(1, count))));
  const radius = radiusOf(shown.length);
  const dots = (indices: readonly number[], colour: string, alpha: number, r: number): void => {
    context.fillStyle = colour;
    context.globalAlpha = alpha;
    context.beginPath();
    for (const index of indices) {
      const [x, y] = at(index);
      if (indices.length > DISCS) context.rect(x - r, y - r, 2 * r, 2 * r);
      else {
        context.moveTo(x + r, y);
        context.arc(x, y, r, 0, 2 * Math.PI);
      }
    }
    context.fill();
    context.globalAlpha = 1;
  };
  dots(faded, quiet, 0.35, 0.9 * radiusOf(faded.length));
  dots(shown, accent, 0.75, radius);
  for (const { x, y } of scene.beside) {
    context.fillStyle = style.columnRuleColor;
    context.globalAlpha = 0.9;
    for (let index = 0; index < Math.min(x.length, MOST); index++) {
      const [atX, atY] = project(x[index]!, y[index]!);
      context.fillRect(atX - 1.25, atY - 1.25, 2.5, 2.5);
    }
    context.globalAlpha = 1;
  }
  const cluster = columns.cluster?.[scene.pointed < 0 ? scene.chosen : scene.pointed] ?? -1;
  if (cluster >= 0)
    dots(
      shown.filter((index) => columns.cluster?.[index] === cluster),
      text,
      1,
      radius,
    );
  drawLabels(context, shown, at, scene, style, { width, height });
  const ring = ([x, y]: [number, number], size: number, line: number): void => {
    context.strokeStyle = text;
    context.lineWidth = line;
    context.beginPath();
    context.arc(x, y, size + 4, 0, 2 * Math.PI);
    context.stroke();
  };
  if (scene.chosen >= 0) ring(at(scene.chosen), radius, 2.5);
  if (scene.pointed >= 0) ring(at(scene.pointed), radius, 1.5);
  const { layer = -1, index = -1 } = scene.other ?? {};
  const other = scene.beside[layer];
  if (other) ring(project(other.x[index]!, other.y[index]!), 1.25, 1.5);
}

/** Names as many points as there is room for, the most important first. */
function drawLabels(
  context: CanvasRenderingContext2D,
  shown: readonly number[],
  at: (index: number) => [number, number],
  scene: MapScene,
  style: CSSStyleDeclaration,
  size: { width: number; height: number },
): void {
  context.font = `${style.fontSize} ${style.fontFamily}`;
  context.fillStyle = style.caretColor;
  context.strokeStyle = style.backgroundColor;
  context.lineWidth = 3;
  context.lineJoin = 'round';
  const height = parseFloat(style.fontSize) * 1.2;
  const taken: [number, number, number, number][] = [];
  const said = new Set<string>();
  const first = [scene.pointed, scene.chosen].filter((index) => index >= 0);
  for (const index of [...first, ...shown.slice(0, 400)]) {
    if (taken.length >= LABELS) return;
    const name = scene.label(index);
    if (name === '' || said.has(name)) continue;
    const [x, y] = at(index);
    const width = context.measureText(name).width;
    const left = x + 7 + width > size.width ? x - 7 - width : x + 7;
    const box: [number, number, number, number] = [
      left - 2,
      y - height / 2,
      left + width + 2,
      y + height / 2,
    ];
    if (box[0] < 0 || box[1] < 0 || box[3] > size.height) continue;
    if (
      taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])
    )
      continue;
    taken.push(box);
    said.add(name);
    context.strokeText(name, left, y + height * 0.3);
    context.fillText(name, left, y + height * 0.3);
  }
}
