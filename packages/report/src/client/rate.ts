import '../style/rate.css';
import { loadPart } from './part.ts';
import { Answers } from './rate-answers.ts';
import type { Source } from './rate-answers.ts';
import { rateForm } from './rate-form.ts';
import { resultsHtml } from './rate-results.ts';
import { complete } from '../rating/rubric.ts';

interface Items {
  set: string;
  items: { id: string; html: string }[];
}

const root = document.querySelector<HTMLElement>('#rate');
if (root) start(root);

function start(place: HTMLElement): void {
  const begin = button('Begin', () => void rate(place));
  place.replaceChildren(begin);
}

async function rate(place: HTMLElement): Promise<void> {
  const { set, items } = await loadPart<Items>(place.dataset['items'] ?? '');
  const ids = items.map(({ id }) => id);
  const answers = new Answers(set);
  const isRated = (id: string): boolean => complete(answers.of(id).scores) !== undefined;
  const firstOpen = (): number => ids.findIndex((id) => !isRated(id));
  let at = firstOpen();
  let key: Record<string, Source> | undefined;

  const progress = document.createElement('p');
  progress.className = 'progress';
  progress.setAttribute('role', 'status');
  const item = document.createElement('div');
  item.className = 'item';
  item.tabIndex = -1;
  const form = rateForm({
    change: (answer) => answers.give(ids[at] ?? '', answer),
    next: () => void go(at + 1),
    back: () => void go(at - 1),
  });
  const file = document.createElement('input');
  file.type = 'file';
  file.accept = 'application/json,.json';
  file.hidden = true;
  const say = (text: string): void => void (progress.textContent = text);
  const tools = document.createElement('p');
  tools.className = 'files';
  tools.append(
    button('Export', () => save(`ratings-${set}.json`, answers.export(ids, key))),
    button('Import', () => file.click()),
    button('Start again', () => {
      if (!confirm('Forget all answers?')) return;
      answers.forget();
      key = undefined;
      void go(0);
    }),
    file,
  );
  file.addEventListener('change', () => {
    const [chosen] = file.files ?? [];
    file.value = '';
    void chosen?.text().then(async (text) => {
      try {
        const count = answers.import(text);
        await go(firstOpen());
        say(`${count} ratings imported. ${progress.textContent ?? ''}`);
      } catch (error) {
        say((error as Error).message);
      }
    });
  });

  // Past the last, or with none open: what is open comes first, then the end.
  const go = async (to: number): Promise<void> => {
    at = to >= 0 && to < ids.length ? to : firstOpen();
    if (at < 0) return end();
    place.replaceChildren(progress, item, form.element, tools);
    const rated = ids.filter(isRated).length;
    say(`${at + 1} of ${ids.length}${rated > 0 ? `, ${rated} rated` : ''}`);
    // Escaped when the site was built.
    item.innerHTML = items[at]?.html ?? '';
    item.setAttribute('aria-label', `Interval ${at + 1} of ${ids.length}`);
    form.show(answers.of(ids[at] ?? ''), at > 0);
    item.focus({ preventScroll: true });
    place.scrollIntoView();
  };
  const end = async (): Promise<void> => {
    key ??= await loadPart<Record<string, Source>>(place.dataset['key'] ?? '');
    say(
      `All ${ids.length} rated. Export them and send the file to whoever keeps this site: its next build charts them on the page of claims.`,
    );
    item.replaceChildren(resultsHtml(ids, answers, key));
    place.replaceChildren(progress, tools, item);
    item.focus({ preventScroll: true });
    place.scrollIntoView();
  };
  await go(at);
}

function button(text: string, click: () => void): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'do';
  made.textContent = text;
  made.addEventListener('click', click);
  return made;
}

function save(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
