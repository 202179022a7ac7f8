import '../style/pick.css';
import '../style/text.css';
import '../style/playground.css';
import type { Active, Playground } from '@monosema/trainer/browser';
import { counted, integer, significant, size } from '../view/number.ts';
import { bytesToLoad } from '../view/playground-view.ts';
import type { PlaygroundView } from '../view/playground-view.ts';
import { htmlText } from './html-text.ts';
import { makeForm } from './playground-form.ts';
import type { Saying } from './playground-form.ts';
import { readAddress, writeAddress } from './playground-address.ts';
import type { Pin } from './playground-address.ts';
import { labelOf, LISTED, showFeatures, showNext, strongest } from './playground-lists.ts';
import { loadPlayground } from './playground-load.ts';
import type { Program } from './playground-load.ts';
import { showSides } from './playground-sides.ts';
import { showTokens } from './playground-tokens.ts';
import type { TokenLine } from './playground-tokens.ts';
import { openStore } from './store.ts';
import type { Store } from './store.ts';

/** Next tokens that are listed. */
const NEXT = 10;

const { compute = '', bytes = '0' } = (document.currentScript as HTMLScriptElement).dataset;
const root = document.querySelector<HTMLElement>('#playground');
if (root) play(root, { address: compute, bytes: Number(bytes) });

/** A dictionary with what the site knows of it, loaded and ready. */
interface Ready {
  readonly id: string;
  readonly playground: Playground;
  readonly store: Store;
  readonly largest: Float32Array;
}

/** A text that was read. */
interface Reading {
  readonly tokens: readonly number[];
  readonly active: readonly (readonly Active[])[];
  readonly line: TokenLine;
}

function play(root: HTMLElement, program: Program): void {
  const { files = '', version = '' } = root.dataset;
  const view = JSON.parse(files) as PlaygroundView;
  const ids = view.dictionaries.map(({ id }) => id);
  const ui = makeForm(root, view);
  const asked = readAddress(location.search, ids);
  let pins: Pin[] = asked.pins;
  let ready: Ready | null = null;
  let reading: Reading | null = null;
  let shaded: number | null = null;
  let chosen: number | null = null;
  let running: AbortController | null = null;
  let peeking: AbortController | null = null;
  const untouched = ui.text.value;
  ui.dictionary.value = asked.id;

  const storeOf = (id: string): Store => openStore(`${id}/data/`, version);
  const spell = (token: number): Uint8Array | null =>
    token === ready!.playground.endOfText ? null : ready!.playground.tokenBytes(token);
  const nameOf = (feature: number): string => `${ui.dictionary.value}·${feature}`;

  const showButtons = (): void => {
    const busy = running !== null;
    const loaded = ready?.id === ui.dictionary.value;
    const cost = loaded ? '' : `, loads ${size(program.bytes + bytesToLoad(view, ui.dictionary.value))}`;
    ui.read.textContent = `Read the text${cost}`;
    ui.goOn.textContent = `Go on${cost}`;
    ui.read.disabled = ui.goOn.disabled = ui.dictionary.disabled = busy;
    if (!busy) ui.progress.hidden = true;
  };

  /** Does one thing that can be stopped, and says how it ended. */
  const run = async (
    { state, stop }: Saying,
    begun: string,
    work: (signal: AbortSignal) => Promise<string>,
  ): Promise<void> => {
    const own = (running = new AbortController());
    state.classList.remove('wrong');
    state.textContent = begun;
    stop.hidden = false;
    showButtons();
    try {
      state.textContent = await work(own.signal);
    } catch (error) {
      state.classList.toggle('wrong', !own.signal.aborted);
      state.textContent = own.signal.aborted ? 'Stopped.' : sentence(error);
      if ((error as Error).name === 'DeviceError') {
        ready?.playground.close();
        ready = null;
      }
    } finally {
      running = null;
      stop.hidden = true;
      showButtons();
    }
  };

  /** What the chosen dictionary computes with, which is loaded when it is first needed. */
  const open = async (signal: AbortSignal): Promise<Ready> => {
    const id = ui.dictionary.value;
    if (ready?.id === id) return ready;
    const all = program.bytes + bytesToLoad(view, id);
    ui.progress.hidden = false;
    ui.progress.value = 0;
    const playground = await loadPlayground(view, program, id, signal, (done) => {
      ui.progress.value = done / all;
    });
    ready?.playground.close();
    ready = null;
    const store = storeOf(id);
    const { max } = await store.columns();
    ui.adapter.textContent = adapterLine(playground);
    ui.progress.hidden = true;
    return (ready = { id, playground, store, largest: max });
  };

  const shadeBy = (feature: number | null): void => {
    shaded = feature;
    const { active, line } = reading!;
    line.shadeBy(
      active.map((list) => list.find((each) => each.feature === feature)?.activation ?? 0),
      feature === null ? 0 : (ready!.largest[feature] ?? 0),
    );
    ui.by.textContent =
      feature === null
        ? 'Not shaded: press “shade” at a feature.'
        : `Shaded by ${nameOf(feature)}. Press a token for its features and what follows it.`;
    for (const button of ui.features.querySelectorAll<HTMLElement>('[data-does=shade]'))
      button.setAttribute(
        'aria-pressed',
        String(Number(button.closest<HTMLElement>('li')!.dataset['feature']) === feature),
      );
  };

  /** Shows the features of a token, or of the whole text, and what the model says after it. */
  const choose = async (position: number | null): Promise<void> => {
    chosen = position;
    const { tokens, active, line } = reading!;
    const { id, playground, store, largest } = ready!;
    const at = position ?? tokens.length - 1;
    line.mark(position);
    ui.which.textContent =
      position === null ? 'Strongest in the text' : `Active on token ${integer(position + 1)}`;
    ui.whole.hidden = position === null;
    ui.after.textContent = position === null ? 'after the text' : `after token ${integer(position + 1)}`;
    const listed = position === null ? strongest(active) : active[position]!;
    await showFeatures(ui.features, id, listed, largest, store, { shade: toggleShade, pin: hold });
    shadeBy(shaded);
    peeking?.abort();
    const own = (peeking = new AbortController());
    const likely = await playground.next(tokens.slice(0, at + 1), NEXT, own.signal);
    showNext(ui.next, likely, spell);
  };
  const toggleShade = (feature: number): void => shadeBy(shaded === feature ? null : feature);
  const chooseQuietly = (position: number | null): void =>
    void choose(position === chosen ? null : position).catch((error: unknown) => {
      // Another token was chosen meanwhile.
      if ((error as Error).name !== 'AbortError') ui.reading.state.textContent = sentence(error);
    });

  const read = (signal: AbortSignal): Promise<string> =>
    open(signal).then(async ({ playground, store, largest }) => {
      if (ui.text.value === untouched && pins.length > 0)
        ui.text.value = (await exampleOf(store, pins[0]!.feature)) ?? untouched;
      const whole = playground.encode(ui.text.value);
      const tokens = whole.slice(-playground.context);
      const active = await playground.read(tokens, signal);
      const left = whole.length - tokens.length;
      ui.cut.hidden = left === 0;
      ui.cut.textContent = `The model sees ${integer(playground.context)} tokens at once: of ${integer(whole.length)}, the last ${integer(tokens.length)} are read.`;
      reading = { tokens, active, line: showTokens(ui.tokens, tokens, spell, chooseQuietly) };
      ui.results.hidden = false;
      const all = strongest(active);
      const held = pins.find(({ feature }) => all.some((each) => each.feature === feature))?.feature;
      const shares = all
        .slice(0, LISTED)
        .sort((a, b) => b.activation / largest[b.feature]! - a.activation / largest[a.feature]!);
      shaded = held ?? shares[0]?.feature ?? null;
      chosen = null;
      await choose(null);
      return `${counted(tokens.length, 'token')}, ${counted(all.length, 'active feature')}.`;
    });

  const showPins = (): void => {
    history.replaceState(null, '', location.pathname + writeAddress(ui.dictionary.value, pins, ids[0] ?? ''));
    ui.pins.replaceChildren(
      ...pins.map((pin) => {
        const item = document.createElement('li');
        item.innerHTML =
          `<a class=f href="${ui.dictionary.value}/${pin.feature}.html">${nameOf(pin.feature)}</a>` +
          `<label>held at <input type=number step=any value="${pin.times}" aria-label="Multiple of the largest activation of feature ${pin.feature}"> × its largest<small></small></label>` +
          `<span class=label></span><button type=button aria-label="Let go of feature ${pin.feature}">let go</button>`;
        const input = item.querySelector('input')!;
        input.addEventListener('change', () => {
          const times = input.value === '' || !Number.isFinite(Number(input.value)) ? 1 : Number(input.value);
          setPins(pins.map((each) => (each.feature === pin.feature ? { ...each, times } : each)));
        });
        item
          .querySelector('button')!
          .addEventListener('click', () => setPins(pins.filter((each) => each.feature !== pin.feature)));
        if (ready?.id === ui.dictionary.value) {
          item.querySelector('label small')!.textContent =
            `, ${significant(pin.times * (ready.largest[pin.feature] ?? 0))}`;
          void labelOf(ready.store, pin.feature).then(
            (html) => (item.querySelector('.label')!.innerHTML = html),
          );
        }
        return item;
      }),
    );
  };
  const setPins = (wanted: Pin[]): void => {
    pins = wanted;
    showPins();
  };
  const hold = (feature: number): void => {
    if (!pins.some((pin) => pin.feature === feature)) setPins([...pins, { feature, times: 1 }]);
    ui.going.scrollIntoView({ block: 'nearest' });
  };

  const goOn = (signal: AbortSignal): Promise<string> =>
    open(signal).then(async ({ playground, largest }) => {
      showPins();
      const wrong = pins.find(({ feature }) => !(largest[feature]! > 0));
      if (wrong !== undefined)
        throw new Error(
          `Feature ${wrong.feature} of ${ui.dictionary.value} was never active in the analysis, so it has no largest activation to be held at; let it go, or hold another.`,
        );
      const held = pins.map(({ feature, times }) => `${nameOf(feature)} at ${times} ×`).join(', ');
      const sides = showSides(ui.sides, ui.text.value, pins.length > 0 ? held : null);
      const line = new TextEncoder().encode('\n');
      const started = performance.now();
      let drawn = 0;
      try {
        await playground.goOn(
          {
            tokens: playground.encode(ui.text.value),
            pins: pins.map(({ feature, times }) => ({ feature, value: times * largest[feature]! })),
            length: Number(ui.length.value),
            seed: Number(ui.seed.value),
          },
          signal,
          (side, token) => {
            if (side === 'plain') drawn++;
            sides.add(side, spell(token) ?? line);
          },
        );
      } finally {
        sides.end();
      }
      const seconds = (performance.now() - started) / 1000;
      return `Went on by ${counted(drawn, 'token')} in ${significant(seconds, 2)} s.`;
    });

  const begun = (saying: string): string => (ready?.id === ui.dictionary.value ? saying : 'Loading…');
  ui.form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (running === null) void run(ui.reading, begun('Reading…'), read);
  });
  ui.going.addEventListener('submit', (event) => {
    event.preventDefault();
    if (running === null) void run(ui.goingOn, begun('Going on…'), goOn);
  });
  for (const { stop } of [ui.reading, ui.goingOn]) stop.addEventListener('click', () => running?.abort());
  ui.whole.addEventListener('click', () => chooseQuietly(null));
  ui.hold.addEventListener('click', () => {
    const { features = 0 } = view.dictionaries.find(({ id }) => id === ui.dictionary.value) ?? {};
    const feature = Number(ui.feature.value);
    if (ui.feature.value === '' || !(feature >= 0 && feature < features)) {
      ui.goingOn.state.classList.add('wrong');
      ui.goingOn.state.textContent = `Expected a feature from 0 to ${integer(features - 1)}, got "${ui.feature.value}".`;
    } else hold(feature);
  });
  ui.dictionary.addEventListener('change', () => {
    ui.results.hidden = true;
    reading = null;
    shaded = null;
    setPins([]);
    showButtons();
  });
  showPins();
  showButtons();
}

/** The beginning of a feature's strongest example; undefined where the site has none. */
async function exampleOf(store: Store, feature: number): Promise<string | undefined> {
  const windows = (await store.card(feature))?.[2] ?? '';
  const [, first] = windows.split('<li');
  return first === undefined ? undefined : htmlText(`<li${first}`);
}

/** Which adapter computes. */
function adapterLine({ adapter, reason }: Playground): string {
  if (adapter === null)
    return `Computed in plain JavaScript: ${(reason ?? '').replace(/^openDevice: /, '')}. A GPU would be faster on larger models.`;
  return adapter.software
    ? `Computed by ${adapter.name} through WebGPU, in software: slower than a GPU.`
    : `Computed by ${adapter.name} through WebGPU.`;
}

/** What went wrong, as one sentence. */
function sentence(error: unknown): string {
  const { name, message } = error as Error;
  if (name === 'DeviceError') return `${message}; press the button again, which opens it anew.`;
  if (error instanceof RangeError)
    return `The browser had no room for what was asked (${message}); choose a smaller dictionary or a shorter text.`;
  return message;
}
