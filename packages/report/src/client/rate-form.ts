import { MOST, RUBRIC, complete, isAsked, total } from '../rating/rubric.ts';
import type { Scores } from '../rating/rubric.ts';
import type { Answer } from './rate-answers.ts';

/** The form of the rubric: it is filled with an answer, and tells of every change. */
export interface RateForm {
  element: HTMLFormElement;
  show(answer: Answer, back: boolean): void;
}

/** Makes the form. Radio buttons are a browser's own; a digit answers the focused question and goes on to the next. */
export function rateForm(on: {
  change: (answer: Answer) => void;
  next: () => void;
  back: () => void;
}): RateForm {
  const element = document.createElement('form');
  element.innerHTML =
    '<label class=meaning>In a few words, what does it mean? <input name=meaning maxlength=200 autocomplete=off></label>' +
    RUBRIC.map(
      ({ key, text, most, ends }) =>
        `<fieldset data-key=${key}><legend>${text}</legend><div>${Array.from(
          { length: most + 1 },
          (_, value) => `<label><input type=radio name=${key} value=${value}> ${value}</label>`,
        ).join('')}</div><small>0 ${ends[0]}, ${most} ${ends[1]}</small></fieldset>`,
    ).join('') +
    '<p class=steps><button type=button>← back</button><output></output><button>next →</button></p>';
  const [back, next] = element.querySelectorAll('button');
  const output = element.querySelector('output');

  const read = (): Answer => {
    const data = new FormData(element);
    const scores: Partial<Scores> = {};
    for (const { key } of RUBRIC) {
      const value = data.get(key);
      if (value !== null) scores[key] = Number(value);
    }
    const meaning = data.get('meaning');
    return { meaning: typeof meaning === 'string' ? meaning.trim() : '', scores };
  };
  const draw = (): void => {
    const { scores } = read();
    for (const question of RUBRIC) {
      const field = element.querySelector<HTMLFieldSetElement>(`[data-key=${question.key}]`);
      if (field) field.disabled = !isAsked(question, scores);
    }
    const whole = complete(scores);
    if (output) output.textContent = whole ? `${total(whole)} of ${MOST}` : '';
    if (next) next.disabled = !whole;
  };
  element.addEventListener('input', () => {
    draw();
    on.change(read());
  });
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    if (complete(read().scores)) on.next();
  });
  back?.addEventListener('click', on.back);
  element.addEventListener('keydown', (event) => {
    const field = (event.target as HTMLElement).closest('fieldset');
    if (!field || event.ctrlKey || event.metaKey || event.altKey || !/^\d$/.test(event.key)) return;
    const radio = field.querySelector<HTMLInputElement>(`input[value="${event.key}"]`);
    if (!radio) return;
    event.preventDefault();
    radio.checked = true;
    element.dispatchEvent(new Event('input'));
    const open = [...element.querySelectorAll('fieldset')].filter(({ disabled }) => !disabled);
    const following = open[open.indexOf(field) + 1];
    (following ? first(following) : next)?.focus();
  });

  return {
    element,
    show({ meaning, scores }, canGoBack) {
      element.reset();
      const input = element.querySelector<HTMLInputElement>('[name=meaning]');
      if (input) input.value = meaning;
      for (const [key, value] of Object.entries(scores)) {
        const radio = element.querySelector<HTMLInputElement>(`input[name=${key}][value="${value}"]`);
        if (radio) radio.checked = true;
      }
      if (back) back.disabled = !canGoBack;
      draw();
    },
  };
}

/** What Tab would reach in a question: its answer, or else its first choice. */
const first = (field: Element): HTMLInputElement | null =>
  field.querySelector<HTMLInputElement>(':checked') ?? field.querySelector('input');
