import { markGroup } from './histogram-mark.ts';
import { GROUPS } from './lines.ts';

/**
 * Links the histogram of activations with the groups of examples: a click on a bar leads to those of its activation,
 * and the range of the group that is pointed at, focused or led to is marked on the histogram.
 */
export function followHistogram(): void {
  const chart = document.querySelector<SVGSVGElement>('#activations svg');
  if (!chart || !document.getElementById('i0')) return;
  const groupAt = (x: number): HTMLElement | null => {
    const frame = chart.querySelector('.base')!.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (x - frame.left) / frame.width));
    // Level 0 is the largest activation, 10 next to nothing.
    return document.getElementById(`i${Math.round((1 - share) * 10)}`);
  };
  chart.classList.add('leads');
  chart.addEventListener('click', ({ clientX }) => {
    const group = groupAt(clientX);
    if (group) location.hash = group.id;
  });
  chart.addEventListener('pointermove', ({ clientX }) => markGroup(groupAt(clientX)));
  const groupOf = (target: EventTarget | null): Element | null | undefined =>
    (target as Element | null)?.closest?.(GROUPS);
  const focused = (): Element | null | undefined => groupOf(document.activeElement);
  document.addEventListener('pointerover', ({ target }) => {
    if (!chart.contains(target as Node)) markGroup(groupOf(target) ?? focused());
  });
  document.addEventListener('focusin', () => markGroup(focused()));
  document.addEventListener('focusout', ({ relatedTarget }) => markGroup(groupOf(relatedTarget)));
}
