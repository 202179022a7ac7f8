/** Groups of examples. */
export const GROUPS = ':is(.lead,.rest)>section';

/** Group and place of a line of an example in an address, as #i3.2: the second of the interval at 70 %. */
const NAME = /^#(\w+)\.(\d+)$/;

/** The address of the line of an example that an element lies in, relative to the page; undefined outside of lines. */
export function lineAddress(element: Element | null): string | undefined {
  const item = element?.closest('.grp li');
  const group = item?.closest(GROUPS);
  if (!item || !group) return undefined;
  return `#${group.id}.${[...group.querySelectorAll('li')].indexOf(item as HTMLLIElement) + 1}`;
}

/** Shows the line of an example that the address names. */
export function followLines(): void {
  const show = (): void => {
    document.querySelector('.named')?.classList.remove('named');
    const [, group = '', place] = NAME.exec(location.hash) ?? [];
    const line = document.getElementById(group)?.querySelectorAll('li')[Number(place) - 1];
    line?.classList.add('named');
    line?.scrollIntoView({ block: 'center' });
  };
  addEventListener('hashchange', show);
  show();
}
