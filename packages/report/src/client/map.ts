import { WHOLE } from './browse-state.ts';
import type { MapView } from './browse-state.ts';
import { drawMap, sideOf } from './map-picture.ts';
import type { MapPlace, MapScene } from './map-picture.ts';
import type { MapPoints } from './map-points.ts';

/** How near to a feature, in pixels, one must point. */
const REACH = 14;
const LARGEST = 200;

/** A map that the list tells what to show, and that tells the list what is pointed at. */
export interface FeatureMap {
  set(scene: Partial<MapScene>): void;
  /** Whether a feature is in the part that is seen. */
  seen(index: number): boolean;
}

/**
 * Makes a canvas a map that can be moved and enlarged by pointer, by keys and by the buttons beside it.
 *
 * @param onPoint told what is pointed at: a feature, -1 for none, or a feature of a dictionary beside
 * @param onChoose told what is chosen, by click or by Enter, in the same way
 * @param onView told that another part is seen
 */
export function openMap(
  canvas: HTMLCanvasElement,
  points: MapPoints,
  calls: {
    onPoint(at: number | MapPlace): void;
    onChoose(at: number | MapPlace): void;
    onView(view: MapView): void;
  },
): FeatureMap {
  const scene: MapScene = {
    view: WHOLE,
    marks: undefined,
    pointed: -1,
    chosen: -1,
    label: () => '',
    beside: [],
    other: undefined,
  };
  let waiting = false;
  const redraw = (): void => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      drawMap(canvas, points, scene);
    });
  };
  const move = (x: number, y: number, zoom: number): void => {
    const held = Math.min(LARGEST, Math.max(1, zoom));
    // The middle stays on the map; of a map that is not enlarged all is seen.
    const half = 0.5 / held;
    const inside = (value: number): number =>
      held === 1 ? 0.5 : Math.min(1 - half / 2, Math.max(half / 2, value));
    scene.view = { x: inside(x), y: inside(y), zoom: held };
    canvas.style.touchAction = held === 1 ? 'pan-y' : 'none';
    redraw();
    calls.onView(scene.view);
  };
  /** Enlarges about a place of the canvas, in pixels from its middle. */
  const zoomBy = (factor: number, fromX = 0, fromY = 0): void => {
    const { x, y, zoom } = scene.view;
    const next = Math.min(LARGEST, Math.max(1, zoom * factor));
    const kept = (1 / zoom - 1 / next) / sideOf(canvas);
    move(x + fromX * kept, y + fromY * kept, next);
  };
  const fromMiddle = (event: MouseEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  };
  const nearest = (dx: number, dy: number, reach: number): number | MapPlace => {
    const unit = 1 / (sideOf(canvas) * scene.view.zoom);
    const x = scene.view.x + dx * unit;
    const y = scene.view.y + dy * unit;
    const index = points.nearest(x, y, reach * unit, (each) => !scene.marks || scene.marks[each] === 1);
    const away = (from: Pick<MapPoints, 'x' | 'y'>, each: number): number =>
      each < 0 ? reach * unit : Math.hypot(from.x[each]! - x, from.y[each]! - y);
    let best: number | MapPlace = index;
    let least = away(points, index);
    for (const [layer, other] of scene.beside.entries()) {
      const found = other.nearest(x, y, least, () => true);
      if (found < 0 || away(other, found) >= least) continue;
      least = away(other, found);
      best = { layer, index: found };
    }
    return best;
  };
  const point = (at: number | MapPlace): void => {
    const index = typeof at === 'number' ? at : -1;
    const other = typeof at === 'number' ? undefined : at;
    if (index === scene.pointed && other?.layer === scene.other?.layer && other?.index === scene.other?.index)
      return;
    Object.assign(scene, { pointed: index, other });
    canvas.style.cursor = index < 0 && !other ? 'grab' : 'pointer';
    redraw();
    calls.onPoint(at);
  };

  followPointers(canvas, {
    hover: (event) => point(nearest(...fromMiddle(event), REACH)),
    leave: () => point(-1),
    click: (event) => calls.onChoose(nearest(...fromMiddle(event), REACH)),
    drag: (dx, dy) => {
      const { x, y, zoom } = scene.view;
      const unit = 1 / (sideOf(canvas) * zoom);
      move(x - dx * unit, y - dy * unit, zoom);
    },
    pinch: (factor, event) => zoomBy(factor, ...fromMiddle(event)),
  });
  canvas.addEventListener('dblclick', (event) => zoomBy(2, ...fromMiddle(event)));
  canvas.addEventListener(
    'wheel',
    (event) => {
      // A wheel alone scrolls the page.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoomBy(2 ** (-event.deltaY / 200), ...fromMiddle(event));
    },
    { passive: false },
  );
  const step = (dx: number, dy: number): void => {
    const { x, y, zoom } = scene.view;
    move(x + (dx * 0.15) / zoom, y + (dy * 0.15) / zoom, zoom);
    point(nearest(0, 0, canvas.clientWidth / 2));
  };
  const keys: Record<string, () => void> = {
    ArrowLeft: () => step(-1, 0),
    ArrowRight: () => step(1, 0),
    ArrowUp: () => step(0, -1),
    ArrowDown: () => step(0, 1),
    '+': () => zoomBy(1.5),
    '=': () => zoomBy(1.5),
    '-': () => zoomBy(1 / 1.5),
    '0': () => move(WHOLE.x, WHOLE.y, 1),
    Enter: () => calls.onChoose(scene.other ?? scene.pointed),
    Escape: () => calls.onChoose(-1),
  };
  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]?.();
  });
  const buttons = canvas.parentElement!.querySelector('.zoom')!;
  buttons.addEventListener('click', ({ target }) => keys[(target as HTMLButtonElement).value]?.());
  new ResizeObserver(redraw).observe(canvas);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return {
    set(changes) {
      Object.assign(scene, changes);
      redraw();
    },
    seen(index) {
      const { x, y, zoom } = scene.view;
      const unit = 0.5 / (sideOf(canvas) * zoom);
      return (
        Math.abs(points.x[index]! - x) <= canvas.clientWidth * unit &&
        Math.abs(points.y[index]! - y) <= canvas.clientHeight * unit
      );
    },
  };
}

/** Tells hovering, clicking, dragging and pinching apart. */
function followPointers(
  canvas: HTMLCanvasElement,
  calls: {
    hover(event: PointerEvent): void;
    leave(): void;
    click(event: PointerEvent): void;
    drag(dx: number, dy: number): void;
    pinch(factor: number, event: PointerEvent): void;
  },
): void {
  const down = new Map<number, PointerEvent>();
  let travelled = 0;
  canvas.addEventListener('pointerdown', (event) => {
    if (down.size === 0) travelled = 0;
    down.set(event.pointerId, event);
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    const before = down.get(event.pointerId);
    if (!before) return calls.hover(event);
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    travelled += Math.abs(dx) + Math.abs(dy);
    down.set(event.pointerId, event);
    if (other) {
      const apart = (one: PointerEvent): number =>
        Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
      calls.pinch(apart(event) / apart(before), event);
    } else if (travelled > 4) calls.drag(dx, dy);
  });
  canvas.addEventListener('pointerup', (event) => {
    if (down.delete(event.pointerId) && down.size === 0 && travelled <= 4) calls.click(event);
  });
  canvas.addEventListener('pointercancel', (event) => void down.delete(event.pointerId));
  canvas.addEventListener('pointerleave', () => {
    if (down.size === 0) calls.leave();
  });
}
