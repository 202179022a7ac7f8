import '../style/text.css';
import { shade } from '../view/shade.ts';
import { rove } from './rove.ts';

const features = [...document.querySelectorAll<HTMLElement>('.leading li[data-feature]')];
if (features.length > 0) shadeText(features);
rove(
  [...document.querySelectorAll<HTMLAnchorElement>('.whole .tk a')],
  document.querySelector('.whole .tk[dir=rtl]') !== null,
);

/** Lets each of the strongest features shade the text; which one does is in the address. */
function shadeText(features: readonly HTMLElement[]): void {
  const units = [...document.querySelectorAll<HTMLAnchorElement>('.whole .tk a')];
  const buttons = features.map((item) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'shade';
    button.setAttribute('aria-label', `Shade the text by feature ${item.dataset['feature']}`);
    button.addEventListener('click', () =>
      choose(button.getAttribute('aria-pressed') === 'true' ? '' : (item.dataset['feature'] ?? '')),
    );
    item.prepend(button);
    return button;
  });
  const hint = document.createElement('p');
  hint.className = 'note';
  hint.textContent = 'Press one to see in the text above where the feature is active.';
  document.querySelector('.leading h2')?.after(hint);
  const choose = (feature: string): void => {
    history.pushState(null, '', location.pathname + (feature === '' ? '' : `?feature=${feature}`));
    draw();
  };
  const draw = (): void => {
    const wanted = new URLSearchParams(location.search).get('feature');
    const at = features.findIndex((item) => item.dataset['feature'] === wanted);
    buttons.forEach((button, i) => button.setAttribute('aria-pressed', String(i === at)));
    const { values = '', max = '0' } = features[at]?.dataset ?? {};
    const activations = values.split(' ').map(Number);
    for (const unit of units) {
      const from = Number(unit.hash.slice(2)) - 1;
      const step = shade(Math.max(0, ...activations.slice(from, Number(unit.dataset['to']))), Number(max));
      unit.dataset['shade'] = String(step);
    }
  };
  addEventListener('popstate', draw);
  draw();
}
