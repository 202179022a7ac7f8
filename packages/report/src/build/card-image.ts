import type { FeatureRecord, Histogram } from '@monosema/trainer/records';
import { mapBox, placesIn } from '../view/map-box.ts';
import type { DictionaryView, Site } from '../view/site.ts';
import { pngOf } from './png.ts';

/** Pixels of a picture that previews of a link show, as the sites that show them ask for. */
const WIDTH = 1200;
const HEIGHT = 630;
const MARGIN = 45;
/** Of a feature's dot on the map. */
const RADIUS = 3;

/** Ground, bars, dots and axis, as the dark theme has them. */
const PALETTE = [
  [0x12, 0x14, 0x17],
  [0xd9, 0x74, 0x1f],
  [0x7f, 0xb6, 0xf7],
  [0xa8, 0xa2, 0x97],
] as const;
const [GROUND, BAR, DOT, AXIS] = [0, 1, 2, 3];

interface Area {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * The picture of a dictionary in previews of links: the histogram of its features' densities, and their map where
 * there is one. Words are left to the preview, which has the title and the description of the page.
 */
export function dictionaryCard(site: Site, view: DictionaryView): Buffer {
  const pixels = new Uint8Array(WIDTH * HEIGHT).fill(GROUND);
  const box = view.has.map ? mapBox(site, view.record.model) : null;
  const side = HEIGHT - 2 * MARGIN;
  const left = { left: MARGIN, top: MARGIN, width: WIDTH - 2 * MARGIN, height: side };
  if (box === null) drawBars(pixels, left, view.record.densityHistogram.counts);
  else {
    drawBars(pixels, { ...left, width: left.width - side - MARGIN }, view.record.densityHistogram.counts);
    const { x, y } = placesIn(box, view);
    for (const [index, across] of x.entries())
      if (!Number.isNaN(across))
        drawDot(pixels, WIDTH - MARGIN - side * (1 - across), MARGIN + side * (y[index] ?? 0));
  }
  return pngOf({ width: WIDTH, height: HEIGHT, palette: PALETTE, pixels });
}

/** The picture of a feature in previews of links: the histogram of its activations, counts by their logarithms. */
export function featureCard({ histogram }: FeatureRecord): Buffer {
  const pixels = new Uint8Array(WIDTH * HEIGHT).fill(GROUND);
  const area = { left: MARGIN, top: MARGIN, width: WIDTH - 2 * MARGIN, height: HEIGHT - 2 * MARGIN };
  drawBars(
    pixels,
    area,
    histogram.counts.map((count) => Math.log10(1 + count)),
  );
  return pngOf({ width: WIDTH, height: HEIGHT, palette: PALETTE, pixels });
}

function fill(pixels: Uint8Array, { left, top, width, height }: Area, colour: number): void {
  for (let y = Math.max(0, Math.round(top)); y < Math.min(HEIGHT, Math.round(top + height)); y++)
    pixels.fill(colour, y * WIDTH + Math.round(left), y * WIDTH + Math.round(left + width));
}

/** Bars as high as the largest lets them be, on an axis. */
function drawBars(pixels: Uint8Array, { left, top, width, height }: Area, counts: Histogram['counts']): void {
  const most = Math.max(...counts, 0);
  const base = top + height - 3;
  for (const [i, count] of counts.entries()) {
    const high = most > 0 ? (count / most) * (base - top) : 0;
    const wide = width / counts.length;
    fill(
      pixels,
      { left: left + i * wide, top: base - high, width: Math.max(1, wide - 2), height: high },
      BAR,
    );
  }
  fill(pixels, { left, top: base, width, height: 3 }, AXIS);
}

function drawDot(pixels: Uint8Array, x: number, y: number): void {
  for (let dy = -RADIUS; dy <= RADIUS; dy++) {
    const half = Math.sqrt(RADIUS ** 2 - dy ** 2) + 0.5;
    fill(pixels, { left: x - half, top: y + dy, width: 2 * half, height: 1 }, DOT);
  }
}
