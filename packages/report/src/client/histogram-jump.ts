/** Activation histogram's groups of examples: a click on a bar leads to those of its activation. */
export function followHistogram(): void {
  const chart = document.querySelector<SVGSVGElement>('#activations svg');
  if (!chart || !document.getElementById('i0')) return;
  chart.classList.add('leads');
  chart.addEventListener('click', (event) => {
    const frame = chart.querySelector('.base')?.getBoundingClientRect();
    if (!frame) return;
    const share = Math.min(1, Math.max(0, (event.clientX - frame.left) / frame.width));
    // Level 0 is the largest activation, 10 next to nothing.
    const group = document.getElementById(`i${Math.round((1 - share) * 10)}`);
    if (group) location.hash = group.id;
  });
}
