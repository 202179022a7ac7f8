/** The map with its buttons and its caption. Until the map is drawn the picture that the page came with is shown. */
const MAP =
  '<summary>Map</summary><figure class=map>' +
  '<canvas hidden tabindex=0 role=application aria-label="Map. Arrows move it, plus and minus enlarge it, zero shows all, Enter chooses what is in the middle."></canvas>' +
  '<div class=zoom>' +
  '<button value=+ aria-label="Enlarge the map">+</button>' +
  '<button value=- aria-label="Make the map smaller">−</button>' +
  '<button value=0 aria-label="The whole map">◯</button></div>' +
  '<figcaption>Near ones have similar directions. Drag moves; Ctrl and wheel, + and − enlarge.</figcaption></figure>';

/** Puts the map and the preview beside a list; there is no canvas where the dictionary has no map. */
export function makeAside(host: HTMLElement): { canvas: HTMLCanvasElement | null; preview: HTMLElement } {
  const aside = host.querySelector('aside') ?? document.createElement('aside');
  aside.ariaLabel = 'Map and preview';
  const preview = document.createElement('section');
  preview.className = 'preview';
  preview.ariaLabel = 'Preview';
  const hasMap = 'map' in host.dataset;
  preview.innerHTML = `<p class=none>Point at a row${hasMap ? ' or the map' : ''}, or press j and k. A click keeps what is shown.</p>`;
  const picture = aside.querySelector('svg');
  aside.replaceChildren(preview);
  if (hasMap) aside.prepend(foldedMap(picture));
  host.querySelector('.found')?.before(aside);
  return { canvas: aside.querySelector('canvas'), preview };
}

/** @param picture of the map, if the page has one */
function foldedMap(picture: Element | null): HTMLElement {
  const fold = document.createElement('details');
  fold.innerHTML = MAP;
  fold.querySelector('canvas')!.after(picture ?? '');
  const wide = matchMedia('(min-width: 72rem)');
  const follow = (): void => void (fold.open = wide.matches);
  wide.addEventListener('change', follow);
  follow();
  return fold;
}
