import '../style/browse.css';
import { makeAside } from './browse-aside.ts';
import { makeForm } from './browse-form.ts';
import { takeList, PAGE } from './browse-list.ts';
import { readState, startingState, writeState } from './browse-state.ts';
import type { BrowseState } from './browse-state.ts';
import { cardHtml } from './card.ts';
import type { Columns } from './columns.ts';
import { hideUntil } from './hide-until.ts';
import { htmlText } from './html-text.ts';
import { openMap } from './map.ts';
import type { FeatureMap } from './map.ts';
import type { MapPlace } from './map-picture.ts';
import { mapPoints } from './map-points.ts';
import type { MapPoints } from './map-points.ts';
import { passing, ranking } from './search.ts';
import { isForPage } from './single-keys.ts';
import { openStore } from './store.ts';
import type { Card } from './store.ts';

/** Rows of a static page; a larger dictionary's numbers are loaded when somebody asks for them. */
const LOADED_UNASKED = 20_000;
/** After so long without a key, in milliseconds, typing is a new step back. */
const PAUSE = 1500;

const host = document.querySelector<HTMLElement>('.browse');
if (host) browse(host);

/** Makes a browser of a list page: search, orders, filters, map and preview, all of it in the address. */
function browse(host: HTMLElement): void {
  const { id = '', version = '', order = 'index', page = '1', beside = '' } = host.dataset;
  const store = openStore('data/', version);
  const others = (beside === '' ? [] : beside.split(' ')).map((other) => {
    const folder = `../../${other}/`;
    const its = openStore(`${folder}data/`, version);
    let points: Promise<MapPoints | undefined> | undefined;
    return { id: other, folder, store: its, points: () => (points ??= its.columns().then(mapPoints)) };
  });
  const start = startingState(order, Number(page));
  let state = readState(location.search, start);
  let found: Uint32Array = new Uint32Array();
  let map: FeatureMap | undefined;
  let pointed = -1;
  /** A feature of another dictionary whose card is shown. */
  let other: MapPlace | undefined;
  /** Whether the address names a feature but not the page of the list that it is on. */
  let arriving = state.at >= 0 && !new URLSearchParams(location.search).has('page');
  let run = 0;
  let typed = -Infinity;

  const header = (by: string): boolean => host.querySelector(`th[data-by=${by}]`) !== null;
  const form = makeForm(
    {
      cluster: 'map' in host.dataset,
      beside: beside !== '',
      score: header('score'),
      children: header('children'),
      twins: header('twins'),
    },
    (changes, typing) => {
      const step = typing && performance.now() - typed < PAUSE ? 'replace' : 'push';
      if (typing) typed = performance.now();
      change({ ...changes, page: 1 }, step);
    },
  );
  host.querySelector('.tools')?.replaceChildren(form.element);
  const { canvas, preview } = makeAside(host);
  const list = takeList(host, store, {
    change: (changes) => change('page' in changes ? changes : { ...changes, page: 1 }, 'push'),
    onPoint: (index) => point(index),
    onChoose: (index) => choose(index, 'push'),
  });

  const change = (changes: Partial<BrowseState>, step: 'push' | 'replace'): void => {
    state = { ...state, ...changes };
    remember(step);
    void update();
  };
  const remember = (step: 'push' | 'replace'): void => {
    history[`${step}State`](null, '', location.pathname + writeState(state, start));
  };

  /** Draws the features of the model's other dictionaries among those of this one, or takes them away. */
  const drawBeside = async (): Promise<void> => {
    const shown = state.beside ? others : [];
    const points = await Promise.all(shown.map((each) => each.points()));
    map?.set({ beside: points.filter((each) => each !== undefined), other: undefined });
  };

  /** Finds what the state asks for and draws it; a later call overtakes an earlier one. */
  const update = async (): Promise<void> => {
    const mine = ++run;
    form.show(state);
    const columns = await prepare();
    if (mine !== run) return;
    const marks = passing(columns, state, (index) => map?.seen(index) ?? true);
    const order = ranking(columns, state);
    void drawBeside();
    if (state.text !== '') {
      try {
        let drawn = performance.now();
        await store.search(state, marks, (at, of) => {
          // What is not searched yet is still marked, so that the list shrinks to what is found.
          if (at < of && performance.now() - drawn > 300) {
            drawn = performance.now();
            form.say(`searching … ${Math.round((at / of) * 100)} %`);
          }
          return mine === run;
        });
      } catch (error) {
        if (mine !== run) return;
        if (!(error instanceof SyntaxError)) throw error;
        form.say('not a regular expression');
        return;
      }
    }
    if (mine !== run) return;
    found = order.filter((index) => marks[index] === 1);
    const place = arriving ? found.indexOf(state.at) : -1;
    if (place >= 0) state = { ...state, page: Math.floor(place / PAGE) + 1 };
    map?.set({ marks: found.length === columns.features ? undefined : marks });
    form.say(`${found.length.toLocaleString('en-GB')} of ${columns.features.toLocaleString('en-GB')}`);
    await list.draw(columns, found, state);
    list.mark(state.at, pointed);
    if (arriving) list.reveal(state.at, 'center');
    arriving = false;
  };

  /** Says which feature the keys of the map have come to; pointers need not be told. */
  const tell = (its: string, index: number, [firesOn]: Card): void => {
    const spoken = document.querySelector('.spoken');
    if (spoken && document.activeElement === canvas)
      spoken.textContent = `${its} ${index} ${htmlText(firesOn.replaceAll('</b>', '</b> '))}`;
  };
  const showCard = async (index: number): Promise<void> => {
    if (index < 0) return;
    const [columns, card] = await Promise.all([store.columns(), store.card(index)]);
    const wanted = pointed >= 0 ? pointed : state.at;
    if (!card || wanted !== index || other) return;
    preview.innerHTML = cardHtml(id, index, columns, card);
    tell(id, index, card);
  };
  const showOther = async (at: MapPlace): Promise<void> => {
    const from = others[at.layer];
    if (!from) return;
    const [columns, card] = await Promise.all([from.store.columns(), from.store.card(at.index)]);
    if (!card || other !== at) return;
    preview.innerHTML = cardHtml(from.id, at.index, columns, card, from.folder);
    tell(from.id, at.index, card);
  };
  /** Of a feature of another dictionary only the card is shown: it has no row here. */
  const pointOnMap = (at: number | MapPlace): void => {
    if (typeof at === 'number') return point(at);
    point(-1);
    other = at;
    void showOther(at);
  };
  const point = (index: number): void => {
    if (index === pointed && !other) return;
    pointed = index;
    other = undefined;
    map?.set({ pointed });
    list.mark(state.at, pointed);
    void showCard(index >= 0 ? index : state.at);
  };
  const choose = (index: number, step: 'push' | 'replace'): void => {
    const at = index === state.at ? -1 : index;
    const place = found.indexOf(at);
    const turned = place >= 0 ? Math.floor(place / PAGE) + 1 : state.page;
    const drawn = turned === state.page;
    state = { ...state, at, page: turned };
    remember(step);
    map?.set({ chosen: at });
    list.mark(at, pointed);
    void showCard(at);
    // Keys take the place of the step before in the address.
    const reveal = (): void => list.reveal(at, 'nearest', step === 'replace');
    if (drawn) reveal();
    else void update().then(reveal);
  };

  let prepared: Promise<Columns> | undefined;
  /** Loads the numbers, once, and opens the map. */
  const prepare = (): Promise<Columns> =>
    (prepared ??= store.columns().then(async (columns) => {
      form.fill(columns);
      form.show(state);
      found = ranking(columns, state);
      const points = canvas && mapPoints(columns);
      if (!canvas || !points) return columns;
      host.querySelector('.map svg')?.remove();
      canvas.hidden = false;
      let moved = 0;
      map = openMap(canvas, points, {
        onPoint: pointOnMap,
        onChoose: (at) => {
          if (typeof at === 'number') return choose(at, 'push');
          if (state.at >= 0) choose(-1, 'push');
          pointOnMap(at);
        },
        onView: (view) => {
          clearTimeout(moved);
          moved = setTimeout(() => change({ map: view, ...(state.seen && { page: 1 }) }, 'replace'), 150);
        },
      });
      map.set({
        view: state.map,
        chosen: state.at,
        label: (index) => store.known(index).slice(0, 2).map(htmlText).join(' ').trim(),
      });
      // Names of the points are in the rows.
      void store.row(0).then(() => map?.set({}));
      return columns;
    }));

  addEventListener('popstate', () => {
    state = readState(location.search, start);
    map?.set({ view: state.map, chosen: state.at });
    void update();
    void showCard(state.at);
  });
  preview.addEventListener('click', (event) => {
    const target = event.target as HTMLElement;
    if (target.matches('.close')) choose(-1, 'push');
    const { cluster } = target.dataset;
    if (cluster) change({ cluster: Number(cluster), page: 1 }, 'push');
  });
  document.addEventListener('keydown', (event) => {
    const move = { j: 1, k: -1 }[event.key];
    const target = event.target as HTMLElement;
    if (!target.closest('input, select, canvas, dialog') && event.key === 'Escape' && state.at >= 0)
      choose(-1, 'replace');
    if (move === undefined || !isForPage(event)) return;
    void prepare().then(() => {
      const next = found[found.indexOf(state.at) + (state.at < 0 ? 1 : move)];
      if (next !== undefined) choose(next, 'replace');
    });
  });

  form.show(state);
  if (location.search !== '') hideUntil(Promise.all([update(), showCard(state.at)]));
  else if (Number(host.dataset['features']) <= LOADED_UNASKED) void prepare();
  else
    for (const type of ['pointerdown', 'focusin'])
      host.addEventListener(type, () => void prepare(), { once: true });
}
