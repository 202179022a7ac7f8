/** Part of the map that is seen: its middle, from 0 to 1, and how many times it is enlarged. */
export interface MapView {
  x: number;
  y: number;
  zoom: number;
}
export const WHOLE: MapView = { x: 0.5, y: 0.5, zoom: 1 };

/** What a reader has asked of a list; all of it is in the address of the page. */
export interface BrowseState {
  order: string;
  reverse: boolean;
  /** Of the random order. */
  seed: number;
  text: string;
  regex: boolean;
  /** What is searched: tokens, explanations, both, or examples. */
  where: string;
  /** all, live, dead, ultralow, dense or single. */
  show: string;
  /** Ranges of numbers, as 0.1..2, either side of which may be missing; empty for any. Density is in percent. */
  density: string;
  max: string;
  mean: string;
  score: string;
  children: string;
  /** Name of a domain; empty for any. */
  domain: string;
  /** Number of a cluster of the map; -1 for any. */
  cluster: number;
  /** Whether only what is seen of the map is listed. */
  seen: boolean;
  /** Whether the map also has the features of the model's other dictionaries. */
  beside: boolean;
  /** From 1. */
  page: number;
  /** The chosen feature; -1 for none. */
  at: number;
  map: MapView;
}

/** What leaves no feature out. */
export const ANY = {
  text: '',
  show: 'all',
  density: '',
  max: '',
  mean: '',
  score: '',
  children: '',
  domain: '',
  cluster: -1,
  seen: false,
};

/** What a page shows when its address asks for nothing. */
export function startingState(order: string, page: number): BrowseState {
  return {
    order,
    reverse: false,
    seed: 1,
    ...ANY,
    regex: false,
    where: 'tokens',
    beside: false,
    page,
    at: -1,
    map: WHOLE,
  };
}

/** Reads the query of an address; what is not in it, or makes no sense, is as the page starts. */
export function readState(query: string, start: BrowseState): BrowseState {
  const given = new URLSearchParams(query);
  const state: Record<string, unknown> = { ...start };
  for (const [name, value] of given) {
    const usual = start[name as keyof BrowseState];
    if (typeof usual === 'string') state[name] = value;
    else if (typeof usual === 'boolean') state[name] = value === '1';
    else if (typeof usual === 'number') {
      const number = Number(value);
      if (Number.isSafeInteger(number)) state[name] = number;
    } else if (name === 'map') {
      const [x, y, zoom] = value.split(',').map(Number);
      if ([x, y, zoom].every(Number.isFinite)) state['map'] = { x, y, zoom };
    }
  }
  return state as unknown as BrowseState;
}

/** The query of an address that stands for a state, `?` included; empty for the state the page starts with. */
export function writeState(state: BrowseState, start: BrowseState): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (name === 'map') {
      const { x, y, zoom } = state.map;
      if (zoom !== 1) query.set('map', [x.toFixed(4), y.toFixed(4), zoom.toFixed(2)].join());
    } else if (value !== start[name as keyof BrowseState])
      query.set(name, typeof value === 'boolean' ? (value ? '1' : '0') : String(value));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
