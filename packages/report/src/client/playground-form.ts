import { integer } from '../view/number.ts';
import type { PlaygroundView } from '../view/playground-view.ts';

/** What a page begins with, for who has none. */
const BEGINNING = 'In the beginning God created the heaven and the earth.';

/** Where one says when something begins and how it ended, and stops it. */
export interface Saying {
  state: HTMLElement;
  stop: HTMLButtonElement;
}

/** The elements of the playground that its script fills and listens to. */
export interface PlaygroundForm {
  form: HTMLFormElement;
  text: HTMLTextAreaElement;
  dictionary: HTMLSelectElement;
  read: HTMLButtonElement;
  reading: Saying;
  progress: HTMLProgressElement;
  adapter: HTMLElement;
  /** All below, which is there once a text was read. */
  results: HTMLElement;
  cut: HTMLElement;
  tokens: HTMLElement;
  /** What shades them. */
  by: HTMLElement;
  which: HTMLElement;
  whole: HTMLButtonElement;
  features: HTMLElement;
  after: HTMLElement;
  next: HTMLElement;
  going: HTMLFormElement;
  pins: HTMLElement;
  feature: HTMLInputElement;
  hold: HTMLButtonElement;
  length: HTMLInputElement;
  seed: HTMLInputElement;
  goOn: HTMLButtonElement;
  goingOn: Saying;
  sides: HTMLElement;
}

/** Puts the playground into its place. */
export function makeForm(root: HTMLElement, view: PlaygroundView): PlaygroundForm {
  const options = view.dictionaries.map(
    ({ id, features }) => `<option value="${id}">${id}, ${integer(features)} features`,
  );
  const stop = '<button type=button class=stop hidden>Stop</button>';
  root.innerHTML =
    '<form class=ask><label for=pg-text>Text</label>' +
    `<textarea id=pg-text rows=3 dir=auto spellcheck=false autocapitalize=off>${BEGINNING}</textarea>` +
    `<div class=pick><label>Dictionary <select name=dictionary>${options.join('')}</select></label>` +
    `<button name=read>Read</button>${stop}<progress max=1 value=0 aria-label="Loading" hidden></progress></div>` +
    '<p class=state role=status></p><p class=adapter></p></form>' +
    '<div class=results hidden><section aria-label="The text"><p class="note cut" hidden></p><div class=tokens></div><p class=by></p></section>' +
    '<div class=found><section class=leading><h2></h2><button type=button class=all hidden>all of the text</button><ol class=links></ol></section>' +
    '<section class=next><h2>Next token</h2><small></small><table class=num><thead><tr><th scope=col>token<th scope=col>probability<td><tbody></table></section></div></div>' +
    '<form class=going><h2>Go on from the text</h2><p class=note>With features held at a multiple of their largest activation, and by the same random numbers without.</p><ul class=pins></ul>' +
    '<div class=pick><label>Feature <input type=number name=feature min=0 step=1></label><button type=button name=hold>Hold</button>' +
    '<label>Tokens <input type=number name=length min=1 max=2000 value=40 required></label><label>Seed <input type=number name=seed min=0 value=0 step=1 required></label>' +
    `<button name=go>Go on</button>${stop}</div><p class=state role=status></p><div class=sides></div></form>`;
  const find = <E extends HTMLElement>(selector: string): E => root.querySelector<E>(selector)!;
  const saying = (form: string): Saying => ({ state: find(`${form} .state`), stop: find(`${form} .stop`) });
  return {
    form: find('.ask'),
    text: find('textarea'),
    dictionary: find('[name=dictionary]'),
    read: find('[name=read]'),
    reading: saying('.ask'),
    progress: find('progress'),
    adapter: find('.adapter'),
    results: find('.results'),
    cut: find('.cut'),
    tokens: find('.tokens'),
    by: find('.by'),
    which: find('.leading h2'),
    whole: find('.all'),
    features: find('.leading ol'),
    after: find('.next small'),
    next: find('.next tbody'),
    going: find('.going'),
    pins: find('.pins'),
    feature: find('[name=feature]'),
    hold: find('[name=hold]'),
    length: find('[name=length]'),
    seed: find('[name=seed]'),
    goOn: find('[name=go]'),
    goingOn: saying('.going'),
    sides: find('.sides'),
  };
}
